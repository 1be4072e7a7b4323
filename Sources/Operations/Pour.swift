extension Operation {
  /// Sends paths below `shared/`, or all of it, as an archive in blocks. `excluded` is an expression for awk
  /// over encoded names, or nothing.
  public static func pour(
    _ paths: [[UInt8]], compression: Compression, algorithm: String, excluded: String = ""
  ) -> Operation {
    Operation(
      "pour", [compression.rawValue, algorithm, excluded].map { Array($0.utf8) } + paths,
      "send what is in shared/")
  }
}
