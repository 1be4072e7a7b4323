extension Operation {
  /// Moves a path of the live release into `shared/` and links it.
  public static func keep(_ path: String, evenIfShipped: Bool) -> Operation {
    Operation(
      "keep", [path, evenIfShipped ? "yes" : "no"],
      "move \(path) of the live release into shared/ and link it")
  }

  /// Puts a real copy of `shared/path` into the live release and sets the shared one aside.
  public static func unkeep(_ path: String) -> Operation {
    Operation(
      "unkeep", [path], "copy shared/\(path) into the live release, set the shared one aside")
  }
}
