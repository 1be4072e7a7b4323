extension Operation {
  /// Puts what was received below `shared/path`, file by file.
  public static func fill(_ path: String, replacing: Bool) -> Operation {
    Operation(
      "fill", [path, replacing ? "yes" : "no"],
      replacing
        ? "place the files in shared/\(path), what they replace is kept"
        : "place the files in shared/\(path), unless one of them is there and differs")
  }
}
