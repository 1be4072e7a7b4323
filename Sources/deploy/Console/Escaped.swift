/// Text that is safe to show, whatever a server, a file name or a commit message put into it.
///
/// Control characters (C0, DEL, C1), bidirectional and other invisible formatting, line separators
/// and bytes that are not UTF-8 become `\x1b`, byte for byte. Backslashes stay as they are: the
/// result is for eyes, not for decoding.
struct Escaped: Sendable, Equatable {
  let text: String

  init(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    var safe = String.UnicodeScalarView()
    var parser = Unicode.UTF8.ForwardParser()
    var source = bytes.makeIterator()
    var offset = 0
    parsing: while true {
      let length: Int
      switch parser.parseScalar(from: &source) {
      case .emptyInput: break parsing
      case .error(let count):
        length = count
        safe.append(contentsOf: Self.escapes(bytes[offset..<(offset + length)]))
      case .valid(let encoded):
        length = encoded.count
        let scalar = Unicode.UTF8.decode(encoded)
        if Self.isHarmless(scalar) {
          safe.append(scalar)
        } else {
          safe.append(contentsOf: Self.escapes(bytes[offset..<(offset + length)]))
        }
      }
      offset += length
    }
    text = String(safe)
  }

  init(_ text: String) { self.init(text.utf8) }

  /// The lines of a program's output: split at line feeds, carriage returns before them dropped,
  /// tabs widened to the stops of a terminal, since tables of remote tools count on them.
  static func lines(of bytes: some Sequence<UInt8>) -> [String] {
    var lines = Array(bytes).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { line in
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      var text = ""
      for (index, part) in line.split(
        separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false
      ).enumerated() {
        if index > 0 { text += String(repeating: " ", count: 8 - text.count % 8) }
        text += Escaped(part).text
      }
      return text
    }
  }

  static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    if (0x20..<0x7f).contains(scalar.value) { return true }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return false
    // The joiners spell words and emoji; every other format character only hides or reorders.
    case .format: return scalar == "\u{200c}" || scalar == "\u{200d}"
    default: return true
    }
  }

  private static func escapes(_ bytes: ArraySlice<UInt8>) -> String.UnicodeScalarView {
    var escaped = ""
    for byte in bytes {
      let hex = String(byte, radix: 16)
      escaped += hex.utf8.count == 1 ? "\\x0\(hex)" : "\\x\(hex)"
    }
    return escaped.unicodeScalars
  }
}

extension String {
  /// A finished line that no CI system takes for a command to itself.
  ///
  /// GitHub obeys `::name::` at the start of a line, blanks before it or not, and `##[name]`
  /// anywhere; Azure obeys `##vso[name]` and TeamCity `##teamcity[name]`. A file name is enough to
  /// write one, so this guards every line that leaves the tool.
  var defusedForCI: String {
    var line = self
    if line.drop(while: \.isWhitespace).hasPrefix("::") { line = "\\" + line }
    guard line.utf8.contains(UInt8(ascii: "#")) else { return line }
    var safe: [UInt8] = []
    var bytes = Array(line.utf8)[...]
    while let byte = bytes.popFirst() {
      let hash = UInt8(ascii: "#")
      if byte == hash, safe.last == hash, let next = bytes.first, Self.startsCommand(next) {
        safe += Array("\\x23".utf8)
      } else {
        safe.append(byte)
      }
    }
    return String(decoding: safe, as: UTF8.self)
  }

  private static func startsCommand(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "[") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
