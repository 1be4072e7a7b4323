extension Operation {
  public static func manifest(of release: String) -> Operation {
    Operation("manifest", [release], "read the manifest of \(release)")
  }

  public static func drift(of release: String) -> Operation {
    Operation("drift", [release], "compare \(release) with its manifest")
  }

  public static var ledger: Operation { Operation("ledger", [String](), "read the ledger") }

  /// Runs a person's command in the live release.
  public static func run(_ command: String) -> Operation {
    Operation("run", [command], "run `\(command)` in current")
  }

  public static func follow(_ patterns: [String], lines: Int, forever: Bool) -> Operation {
    Operation("follow", ["\(lines)", forever ? "yes" : "no"] + patterns, "show log files")
  }
}
