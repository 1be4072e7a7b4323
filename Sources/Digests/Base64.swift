/// Base64 (RFC 4648) of bytes: keys are padded, OpenSSH's `SHA256:` fingerprints are not.
public enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  public static func encode(_ bytes: [UInt8], padded: Bool = true) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var bits: UInt32 = 0
    var held: UInt32 = 0
    for byte in bytes {
      bits = (bits << 8) | UInt32(byte)
      held += 8
      while held >= 6 {
        held -= 6
        text.append(alphabet[Int((bits >> held) & 63)])
      }
    }
    if held > 0 { text.append(alphabet[Int((bits << (6 - held)) & 63)]) }
    while padded, text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Strict: nil for a foreign character, padding that is missing or not asked for, or left-over
  /// bits that are not zero, so that one text stands for one value and the other way round.
  public static func decode(_ text: String, padded: Bool = true) -> [UInt8]? {
    var symbols = Array(text.utf8)
    if padded {
      guard symbols.count % 4 == 0 else { return nil }
      let padding = symbols.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
      symbols.removeLast(padding)
      guard padding == (4 - symbols.count % 4) % 4 else { return nil }
    }
    guard symbols.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(symbols.count * 3 / 4)
    var bits: UInt32 = 0
    var held: UInt32 = 0
    for symbol in symbols {
      guard let value = value(of: symbol) else { return nil }
      bits = (bits << 6) | value
      held += 6
      guard held >= 8 else { continue }
      held -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> held))
    }
    guard bits & ((1 << held) - 1) == 0 else { return nil }
    return bytes
  }

  private static func value(of symbol: UInt8) -> UInt32? {
    switch symbol {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(symbol - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(symbol - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(symbol - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
