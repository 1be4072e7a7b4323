extension Operation {
  /// As ``verify(algorithm:)``, but reads only what is not known already to be right.
  public static func attest(algorithm: String) -> Operation {
    Operation("attest", [algorithm], "verify every entry, new files by their \(algorithm) digest")
  }
}
