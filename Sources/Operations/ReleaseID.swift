/// The name of a release directory: a label in UTC, never an order.
///
/// Ours are `YYYYMMDD-HHMMSS`, with `-` and six hexadecimal digits when two fall into one second.
/// The numbers of other tools (Capistrano's and Envoyer's fourteen digits, Deployer's counter) are
/// understood, so that their directories can be adopted.
public struct ReleaseID: Sendable, Hashable, CustomStringConvertible {
  public let text: String

  public init?(_ text: String) {
    guard Self.isOurs(text) || Self.isNumber(text) else { return nil }
    self.text = text
  }

  public var description: String { text }

  /// Whether the form is ours, as that of every release this tool makes is.
  public var isOwn: Bool { Self.isOurs(text) }

  private static func isOurs(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, isDigits(parts[0], 8), isDigits(parts[1], 6)
    else { return false }
    return parts.count == 2 || (parts[2].utf8.count == 6 && parts[2].utf8.allSatisfy(isHex))
  }

  private static func isNumber(_ text: String) -> Bool {
    (1...14).contains(text.utf8.count) && isDigits(text[...], text.utf8.count)
  }

  private static func isDigits(_ text: Substring, _ count: Int) -> Bool {
    text.utf8.count == count
      && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}
