/// Reads a JSON string, from its opening quote to its closing one.
enum StringReader {
  static func read(_ cursor: inout Cursor) throws(ConfigurationError) -> String {
    cursor.advance()
    var text: [UInt8] = []
    while true {
      switch cursor.next {
      case UInt8(ascii: "\""):
        cursor.advance()
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        text += String(try escape(&cursor)).utf8
      case .some(let byte) where byte >= 0x20:
        text.append(byte)
        cursor.advance()
      default:
        throw .syntax(cursor.location, found: cursor.found, expected: "a closing quote")
      }
    }
  }

  private static func escape(_ cursor: inout Cursor) throws(ConfigurationError) -> Unicode.Scalar {
    let start = cursor.location
    cursor.advance()
    guard let letter = cursor.next else {
      throw .syntax(cursor.location, found: cursor.found, expected: "an escape")
    }
    let plain: Unicode.Scalar
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = Unicode.Scalar(letter)
    case UInt8(ascii: "b"): plain = "\u{8}"
    case UInt8(ascii: "f"): plain = "\u{C}"
    case UInt8(ascii: "n"): plain = "\n"
    case UInt8(ascii: "r"): plain = "\r"
    case UInt8(ascii: "t"): plain = "\t"
    case UInt8(ascii: "u"): return try unicode(&cursor, start)
    default:
      throw .syntax(
        cursor.location, found: cursor.found, expected: "one of \" \\ / b f n r t u after '\\'")
    }
    cursor.advance()
    return plain
  }

  /// What lies beyond the first 65,536 characters is written as a pair of surrogates.
  private static func unicode(
    _ cursor: inout Cursor, _ start: Location
  ) throws(ConfigurationError) -> Unicode.Scalar {
    let first = try codeUnit(&cursor)
    // A name or a path with a zero byte would end early in every system call.
    guard first != 0 else {
      throw .syntax(start, found: "\\u0000", expected: "any other character")
    }
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(first), cursor.next == UInt8(ascii: "\\"),
      cursor.afterNext == UInt8(ascii: "u")
    else { throw .syntax(start, found: "half a surrogate pair", expected: "both halves") }
    cursor.advance()
    let second = try codeUnit(&cursor)
    guard UTF16.isTrailSurrogate(second) else {
      throw .syntax(start, found: "half a surrogate pair", expected: "both halves")
    }
    return UTF16.decode(UTF16.EncodedScalar([first, second]))
  }

  private static func codeUnit(_ cursor: inout Cursor) throws(ConfigurationError) -> UInt16 {
    cursor.advance()
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = cursor.next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw .syntax(cursor.location, found: cursor.found, expected: "four hexadecimal digits")
      }
      value = value << 4 | UInt16(digit)
      cursor.advance()
    }
    return value
  }
}
