extension Operation {
  /// Reads back every staged entry and compares it with the manifest. `algorithm` names
  /// the digest as manifests do.
  public static func verify(algorithm: String) -> Operation {
    Operation("verify", [algorithm], "verify every file by its \(algorithm) digest")
  }
}
