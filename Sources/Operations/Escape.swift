/// The one encoding in which names and values travel to a server and back.
///
/// Every byte outside a small safe set becomes `\0ooo` (octal), which `printf '%b'` of dash, bash
/// and busybox turns back into the byte. The result holds no blank, quote or glob character,
/// so a shell may split an encoded line at blanks without knowing what is in it.
public enum Escape {
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var out: [UInt8] = []
    for byte in bytes {
      if isSafe(byte) {
        out.append(byte)
      } else {
        out += [UInt8(ascii: "\\"), UInt8(ascii: "0")]
        out += [byte >> 6, (byte >> 3) & 7, byte & 7].map { UInt8(ascii: "0") + $0 }
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Returns nil when the text is not an encoding: a bad escape or a raw unsafe byte.
  public static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var out: [UInt8] = []
    var rest = text.makeIterator()
    while let byte = rest.next() {
      guard byte == UInt8(ascii: "\\") else {
        guard isSafe(byte) else { return nil }
        out.append(byte)
        continue
      }
      guard rest.next() == UInt8(ascii: "0") else { return nil }
      var value = 0
      for _ in 0..<3 {
        guard let digit = rest.next(), (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit)
        else { return nil }
        value = value * 8 + Int(digit - UInt8(ascii: "0"))
      }
      guard value < 256 else { return nil }
      out.append(UInt8(value))
    }
    return out
  }

  private static func isSafe(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ":"),
      UInt8(ascii: "@"), UInt8(ascii: ","), UInt8(ascii: "+"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
