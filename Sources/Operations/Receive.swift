/// How the payload is packed on its way.
public enum Compression: String, Sendable, CaseIterable {
  case none
  case gzip
  case zstd
}

extension Operation {
  /// Takes the payload that follows the program into a fresh staging directory.
  public static func receive(_ compression: Compression) -> Operation {
    Operation("receive", [compression.rawValue], "receive the files into staging")
  }
}
