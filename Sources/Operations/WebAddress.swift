/// The parts of an `http` or `https` address, apart from each other because clients on a server take
/// them apart differently.
public struct WebAddress: Sendable, Equatable {
  public let text: String
  public let scheme: String
  /// A name, an IPv4 address, or an IPv6 address in brackets.
  public let address: String
  public let port: String
  /// With the query, never empty.
  public let path: String

  /// Of the loopback, where `boot` chooses the port.
  public init(path: String) {
    self.init(text: path, scheme: "http", address: "127.0.0.1", port: "", path: path)
  }

  public init?(_ text: String) {
    guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
    let scheme = text.hasPrefix("https://") ? "https" : "http"
    guard text.hasPrefix("\(scheme)://") else { return nil }
    let rest = text.dropFirst(scheme.count + 3)
    let authority = rest.prefix { $0 != "/" }
    let address =
      authority.first == "["
      ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
    guard Self.isAddress(address), authority.hasPrefix(address) else { return nil }
    let port = authority.dropFirst(address.count)
    guard port.isEmpty || Self.isPort(port) else { return nil }
    let path = rest.dropFirst(authority.count)
    self.init(
      text: text, scheme: scheme, address: String(address),
      port: port.isEmpty ? (scheme == "http" ? "80" : "443") : String(port.dropFirst()),
      path: path.isEmpty ? "/" : String(path))
  }

  private init(text: String, scheme: String, address: String, port: String, path: String) {
    self.text = text
    self.scheme = scheme
    self.address = address
    self.port = port
    self.path = path
  }

  private static func isAddress(_ text: Substring) -> Bool {
    if text.first == "[" {
      let inside = text.dropFirst().dropLast().utf8
      return !inside.isEmpty
        && inside.allSatisfy { "0123456789abcdefABCDEF:.".utf8.contains($0) }
    }
    guard let first = text.utf8.first, isAlphanumeric(first) else { return false }
    return text.utf8.allSatisfy { isAlphanumeric($0) || ".-_".utf8.contains($0) }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  private static func isPort(_ text: Substring) -> Bool {
    let digits = text.dropFirst().utf8
    return (1...5).contains(digits.count) && digits.first != UInt8(ascii: "0")
      && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
