extension Operation {
  /// Looks at every link of a release into `shared/`.
  public static func audit(_ release: String, root: String, declared: [String]) -> Operation {
    Operation("audit", [release, root] + declared, "look at the links of \(release)")
  }

  public static var modes: Operation {
    Operation("modes", [String](), "look at modes in shared/")
  }

  /// Finds real files of a release that match; one expression for awk each.
  public static func dangers(_ release: String, _ expressions: [String]) -> Operation {
    Operation("dangers", [release] + expressions, "look for files that must not be in \(release)")
  }

  /// Finds files that name another release, among those that match.
  public static func caches(_ release: String, _ expression: String) -> Operation {
    Operation("caches", [release, expression], "look for paths of other releases in \(release)")
  }

  /// Tries whether a user can write in directories of `shared/`.
  public static func writable(by user: String, _ paths: [String]) -> Operation {
    Operation("writable", [user] + paths, "try to write in shared/ as \(user)")
  }
}
