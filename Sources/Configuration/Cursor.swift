/// A place in a text that moves forward and knows its line and column.
struct Cursor {
  private let bytes: [UInt8]
  private let file: String
  private var offset = 0
  private var line = 1
  private var column = 1

  /// Refuses bytes that are not UTF-8, and control characters even in comments: a file that a
  /// person reviews in a terminal must show all it says.
  init(_ bytes: [UInt8], file: String) throws(ConfigurationError) {
    self.bytes = bytes
    self.file = file
    var scan = self
    var scalars = UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    while true {
      switch scalars.parseScalar(from: &rest) {
      case .emptyInput: return
      case .error: throw .syntax(scan.location, found: "bytes that are not UTF-8", expected: "text")
      case .valid(let scalar):
        if let first = scalar.first, Self.isControl(first) {
          throw .syntax(scan.location, found: scan.found, expected: "text")
        }
        for _ in scalar { scan.advance() }
      }
    }
  }

  var location: Location { Location(file: file, line: line, column: column) }

  var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  var afterNext: UInt8? { offset + 1 < bytes.count ? bytes[offset + 1] : nil }

  mutating func advance() {
    guard let byte = next else { return }
    offset += 1
    if byte == UInt8(ascii: "\n") {
      line += 1
      column = 1
    } else if offset == bytes.count || bytes[offset] & 0xC0 != 0x80 {
      column += 1
    }
  }

  /// Takes bytes as long as they fit.
  mutating func take(while fits: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let start = offset
    while let byte = next, fits(byte) { advance() }
    return bytes[start..<offset]
  }

  /// What stands here, in words.
  var found: String {
    guard let byte = next else { return "the end of the file" }
    if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return "the end of the line" }
    if byte == UInt8(ascii: "\t") { return "a tab" }
    if Self.isControl(byte) { return "control character \(byte)" }
    let rest = bytes[offset..<min(offset + 4, bytes.count)]
    return "'"
      + String(decoding: rest, as: UTF8.self).unicodeScalars.prefix(1).map(String.init)
      .joined() + "'"
  }

  private static func isControl(_ byte: UInt8) -> Bool {
    byte == 0x7F || (byte < 0x20 && ![0x09, 0x0A, 0x0D].contains(byte))
  }
}
