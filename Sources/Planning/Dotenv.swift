/// A dotenv file as bytes, with the place of every entry in it.
///
/// Edits replace the bytes of one value, one line, or the end, and nothing else: comments, order, quoting
/// and line ends are the owner's. `Env.sh` has the same scanner in awk, for the names alone.
public struct Dotenv: Sendable, Equatable {
  public private(set) var bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public struct Entry: Sendable, Equatable {
    public var key: String
    public var value: [UInt8]
    /// From the start of the line to the end of the value's last line, with its newline.
    public var lines: Range<Int>
    /// The value with its quotes.
    public var extent: Range<Int>
  }

  /// In the order of the file, keys that come twice included.
  public var entries: [Entry] { scan().entries }

  /// In the order of the file, each once.
  public var keys: [String] { entries.map(\.key).firstOfEach }

  /// Whoever reads the file takes the last.
  public subscript(key: String) -> [UInt8]? { entries.last { $0.key == key }?.value }

  public var duplicates: [String] {
    var seen: Set<String> = []
    return entries.map(\.key).filter { !seen.insert($0).inserted }.firstOfEach
  }

  /// Numbers of lines that are neither entry, comment nor blank; readers fail on them or skip them.
  public var strayLines: [Int] { scan().strays }

  /// A name that every reader accepts.
  public static func isKey(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { Letter.isOfKey($0) && $0 != Letter.dot }
  }
}

// MARK: Changing

extension Dotenv {
  /// Replaces the value that counts, or appends a line.
  public mutating func set(_ key: String, to value: [UInt8]) throws(DotenvError) {
    let quoted = try DotenvQuoting.quoted(value)
    let entries = entries
    guard let index = entries.lastIndex(where: { $0.key == key }) else {
      let start: [UInt8] = bytes.isEmpty || bytes.last == Letter.newline ? [] : lineEnd
      let line = Array("\(key)=".utf8) + quoted + lineEnd
      return try replace(
        bytes.count..<bytes.count, with: start + line,
        expecting: entries.map { ($0.key, $0.value) } + [(key, value)])
    }
    guard entries[index].value != value else { return }
    var expected = entries.map { ($0.key, $0.value) }
    expected[index].1 = value
    try replace(entries[index].extent, with: quoted, expecting: expected)
  }

  /// Takes every line of the key away.
  public mutating func unset(_ key: String) throws(DotenvError) {
    let entries = entries
    for entry in entries.reversed() where entry.key == key {
      let expected = self.entries.filter { $0.lines != entry.lines }.map { ($0.key, $0.value) }
      try replace(entry.lines, with: [], expecting: expected)
    }
  }

  /// A quote that never ends would meet one of ours and swallow what lies between: then the file
  /// would say something else than was meant, and is left as it is.
  private mutating func replace(
    _ range: Range<Int>, with new: [UInt8], expecting: [(key: String, value: [UInt8])]
  ) throws(DotenvError) {
    var changed = bytes
    changed.replaceSubrange(range, with: new)
    let found = Dotenv(changed).entries
    guard found.map(\.key) == expecting.map(\.key), found.map(\.value) == expecting.map(\.value)
    else { throw .unbalanced }
    bytes = changed
  }

  /// As the file's first line ends.
  private var lineEnd: [UInt8] {
    guard let end = bytes.firstIndex(of: Letter.newline), end > 0, bytes[end - 1] == Letter.ret
    else { return [Letter.newline] }
    return [Letter.ret, Letter.newline]
  }
}

// MARK: Reading

extension Dotenv {
  private func scan() -> (entries: [Entry], strays: [Int]) {
    var scanner = DotenvScanner(bytes)
    var entries: [Entry] = []
    var strays: [Int] = []
    while !scanner.isAtEnd {
      let start = scanner.place
      let line = scanner.line
      switch scanner.key() {
      case .nothing: scanner.skipLine()
      case .stray:
        strays.append(line)
        scanner.skipLine()
      case .key(let key):
        let (value, extent) = scanner.value()
        scanner.skipLine()
        entries.append(
          Entry(key: key, value: value, lines: start..<scanner.place, extent: extent))
      }
    }
    return (entries, strays)
  }
}

/// Reads a dotenv file once from front to back.
private struct DotenvScanner {
  let bytes: [UInt8]
  private(set) var place: Int
  private(set) var line = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    place = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
  }

  enum Start {
    case nothing
    case stray
    case key(String)
  }

  var isAtEnd: Bool { place >= bytes.count }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  mutating func skipLine() {
    while let byte = next, byte != Letter.newline { place += 1 }
    if !isAtEnd { advance() }
  }

  private mutating func advance() {
    if bytes[place] == Letter.newline { line += 1 }
    place += 1
  }

  private mutating func skipBlanks() { while let byte = next, Letter.isBlank(byte) { place += 1 } }

  /// Up to the first byte of the value.
  mutating func key() -> Start {
    skipBlanks()
    guard let first = next, first != Letter.newline, first != Letter.hash else { return .nothing }
    var name = word()
    if name == "export", let byte = next, Letter.isBlank(byte) {
      skipBlanks()
      name = word()
    }
    skipBlanks()
    guard !name.isEmpty, next == Letter.equals else { return .stray }
    place += 1
    return .key(name)
  }

  private mutating func word() -> String {
    let start = place
    while let byte = next, Letter.isOfKey(byte) { place += 1 }
    guard start < place, !(0x30...0x39).contains(bytes[start]) else { return "" }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  mutating func value() -> (value: [UInt8], extent: Range<Int>) {
    let begin = place
    skipBlanks()
    let start = place
    if let first = next, Letter.isQuote(first), let value = quotedValue() {
      return (value, start..<place)
    }
    let value = plainValue()
    // Directly behind the equals sign: a comment that follows keeps the blank before it.
    return (value, value.isEmpty ? begin..<begin : start..<place)
  }

  /// To the end of the line or to a comment, without the blanks before it.
  private mutating func plainValue() -> [UInt8] {
    let start = place
    var end = place
    while let byte = next, byte != Letter.newline {
      if byte == Letter.hash, Letter.isBlank(bytes[place - 1]) { break }
      place += 1
      if !Letter.isBlank(byte) { end = place }
    }
    place = end
    return Array(bytes[start..<end])
  }

  /// Quoted pieces and what stands between them without a blank, as a shell joins them. Nil, with
  /// nothing read, when a quote never ends.
  private mutating func quotedValue() -> [UInt8]? {
    let (start, startLine) = (place, line)
    var value: [UInt8] = []
    while let byte = next, byte != Letter.newline, !Letter.isBlank(byte) {
      if Letter.isQuote(byte) {
        guard let piece = piece(byte) else {
          (place, line) = (start, startLine)
          return nil
        }
        value += piece
      } else if byte == Letter.backslash, place + 1 < bytes.count {
        value.append(bytes[place + 1])
        place += 1
        advance()
      } else {
        value.append(byte)
        place += 1
      }
    }
    return value
  }

  private mutating func piece(_ quote: UInt8) -> [UInt8]? {
    var value: [UInt8] = []
    place += 1
    while let byte = next {
      if byte == quote {
        place += 1
        return value
      }
      if byte == Letter.backslash, quote == Letter.double, place + 1 < bytes.count {
        value += Letter.unescaped(bytes[place + 1])
        place += 1
      } else {
        value.append(byte)
      }
      advance()
    }
    return nil
  }
}

/// How a value is written so that phpdotenv, Symfony's Dotenv and a shell's `.` all read it back.
///
/// Single quotes are literal for all three, but phpdotenv ends them at the end of the line.
/// Double quotes span lines for all three. A backtick within them would be a command to a shell,
/// and phpdotenv refuses the escape that a shell wants; such a value is refused here.
public enum DotenvQuoting {
  public static func quoted(_ value: [UInt8]) throws(DotenvError) -> [UInt8] {
    guard !value.contains(0) else { throw .holdsNUL }
    if value.allSatisfy(isPlain) { return value }
    let isLiteral = !value.contains { $0 == Letter.single || $0 == Letter.newline }
    if isLiteral { return [Letter.single] + value + [Letter.single] }
    guard !value.contains(Letter.backtick) else { throw .holdsBacktick }
    let special = [Letter.double, Letter.backslash, Letter.dollar]
    return [Letter.double]
      + value.flatMap { special.contains($0) ? [Letter.backslash, $0] : [$0] } + [Letter.double]
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    Letter.isOfKey(byte) || Array("/:@,+-=".utf8).contains(byte)
  }
}

public enum DotenvError: Error, Sendable, Equatable, CustomStringConvertible {
  case holdsNUL
  case holdsBacktick
  case unbalanced

  public var description: String {
    switch self {
    case .holdsNUL: "the value holds a NUL byte, which no environment can carry"
    case .holdsBacktick:
      "the value holds a backtick beside a single quote or a newline: no quoting of it is read alike "
        + "by shells and by PHP's readers"
    case .unbalanced:
      "a quote in the file never ends, so that this change would alter other keys too"
    }
  }
}

private enum Letter {
  static let newline = UInt8(ascii: "\n")
  static let ret = UInt8(ascii: "\r")
  static let hash = UInt8(ascii: "#")
  static let equals = UInt8(ascii: "=")
  static let dot = UInt8(ascii: ".")
  static let single = UInt8(ascii: "'")
  static let double = UInt8(ascii: "\"")
  static let backslash = UInt8(ascii: "\\")
  static let backtick = UInt8(ascii: "`")
  static let dollar = UInt8(ascii: "$")

  /// A carriage return is part of a line's end, so it counts like a blank.
  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == ret }

  static func isQuote(_ byte: UInt8) -> Bool { byte == single || byte == double }

  static func isOfKey(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), dot:
      true
    default: false
    }
  }

  /// What a backslash and this byte stand for between double quotes.
  static func unescaped(_ byte: UInt8) -> [UInt8] {
    switch byte {
    case double, backslash, dollar, backtick: [byte]
    case UInt8(ascii: "n"): [newline]
    case UInt8(ascii: "r"): [ret]
    case UInt8(ascii: "t"): [0x09]
    default: [backslash, byte]
    }
  }
}

extension [String] {
  var firstOfEach: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}

/// What one version of a file has that another has not, by names alone.
public struct DotenvDifference: Sendable, Equatable {
  public let added: [String]
  public let changed: [String]
  public let removed: [String]

  public init(from old: Dotenv, to new: Dotenv) {
    let before = old.keys
    let after = new.keys
    added = after.filter { !before.contains($0) }
    removed = before.filter { !after.contains($0) }
    changed = after.filter { before.contains($0) && old[$0] != new[$0] }
  }

  public var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }

  /// `+A ~B -C`
  public var text: String {
    (added.map { "+\($0)" } + changed.map { "~\($0)" } + removed.map { "-\($0)" })
      .joined(separator: " ")
  }
}
