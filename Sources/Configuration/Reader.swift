/// Reads JSON with `//` and `/* */` comments and trailing commas, and nothing beyond that.
///
/// Foundation's reader says only that a text is wrong, and takes the last of two equal keys.
public struct Reader {
  private var cursor: Cursor
  private let rules: Rules
  private var nodes = 0

  /// What a reader puts up with.
  public struct Rules: Sendable {
    var bytes: Int
    var depth: Int
    var nodes: Int
    var allowsDuplicateKeys: Bool

    /// No configuration that a person wrote comes near these.
    public static let configuration = Rules(
      bytes: 256 << 10, depth: 32, nodes: 10_000, allowsDuplicateKeys: false)

    /// Lock files hold thousands of packages, and package managers accept a key twice.
    public static let manifest = Rules(
      bytes: 32 << 20, depth: 128, nodes: 2_000_000, allowsDuplicateKeys: true)
  }

  /// Reads a whole text; `file` is the name that locations carry.
  public static func read(
    _ bytes: [UInt8], file: String, rules: Rules = .configuration
  ) throws(ConfigurationError) -> Node {
    guard bytes.count <= rules.bytes else {
      throw .unreadable(file: file, reason: "is larger than \(rules.bytes >> 10) KB")
    }
    var reader = Reader(cursor: try Cursor(bytes, file: file), rules: rules)
    try reader.skipBlank()
    let node = try reader.value(depth: 1)
    try reader.skipBlank()
    guard reader.cursor.next == nil else { throw reader.expected("the end of the file") }
    return node
  }

  private init(cursor: Cursor, rules: Rules) {
    self.cursor = cursor
    self.rules = rules
  }

  private mutating func value(depth: Int) throws(ConfigurationError) -> Node {
    let location = cursor.location
    nodes += 1
    guard nodes <= rules.nodes else {
      throw .syntax(
        location, found: "one more value", expected: "at most \(rules.nodes) in a file")
    }
    guard depth <= rules.depth else {
      throw .syntax(
        location, found: "one more level", expected: "at most \(rules.depth) inside each other")
    }
    let value: Node.Value =
      switch cursor.next {
      case UInt8(ascii: "{"): try object(depth)
      case UInt8(ascii: "["): try array(depth)
      case UInt8(ascii: "\""): .string(try StringReader.read(&cursor))
      case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): try number()
      default: try word()
      }
    return Node(value, at: location)
  }

  private mutating func object(_ depth: Int) throws(ConfigurationError) -> Node.Value {
    cursor.advance()
    var members: [Node.Member] = []
    var seen: [String: Location] = [:]
    while try !closes(UInt8(ascii: "}")) {
      let location = cursor.location
      guard cursor.next == UInt8(ascii: "\"") else {
        throw expected("a key in double quotes or '}'")
      }
      let name = try key()
      if let first = seen.updateValue(location, forKey: name) {
        guard rules.allowsDuplicateKeys else {
          throw .duplicateKey(location, key: name, first: first)
        }
        // The last one counts, as it does for the package managers.
        members.removeAll { $0.name == name }
      }
      try skipBlank()
      guard cursor.next == UInt8(ascii: ":") else { throw expected("':'") }
      cursor.advance()
      try skipBlank()
      let node = try value(depth: depth + 1)
      members.append(Node.Member(name: name, location: location, node: node))
      try separate(before: UInt8(ascii: "}"))
    }
    return .object(members)
  }

  /// Keys appear in messages, so an escaped control character is refused where it is written.
  private mutating func key() throws(ConfigurationError) -> String {
    let location = cursor.location
    let name = try StringReader.read(&cursor)
    guard Letters.isPrintable(name), name.utf8.count <= 256 else {
      throw .syntax(
        location, found: "another kind of key", expected: "a key of at most 256 printable bytes")
    }
    return name
  }

  private mutating func array(_ depth: Int) throws(ConfigurationError) -> Node.Value {
    cursor.advance()
    var elements: [Node] = []
    while try !closes(UInt8(ascii: "]")) {
      elements.append(try value(depth: depth + 1))
      try separate(before: UInt8(ascii: "]"))
    }
    return .array(elements)
  }

  private mutating func closes(_ end: UInt8) throws(ConfigurationError) -> Bool {
    try skipBlank()
    guard cursor.next == end else { return false }
    cursor.advance()
    return true
  }

  private mutating func separate(before end: UInt8) throws(ConfigurationError) {
    try skipBlank()
    if cursor.next == UInt8(ascii: ",") { return cursor.advance() }
    guard cursor.next == end else {
      throw expected("',' or '\(Character(Unicode.Scalar(end)))'")
    }
  }

  private mutating func number() throws(ConfigurationError) -> Node.Value {
    let location = cursor.location
    let digits = String(
      decoding: cursor.take { byte in
        Self.isDigit(byte) || "+-.eE".utf8.contains(byte)
      }, as: UTF8.self)
    guard Self.isNumber(digits) else {
      throw .syntax(location, found: "'\(digits)'", expected: "a number")
    }
    return .number(digits)
  }

  private static func isNumber(_ text: String) -> Bool {
    var rest = text.utf8[...]
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let whole = rest.prefix(while: isDigit)
    guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return false }
    rest = rest.dropFirst(whole.count)
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix(while: isDigit)
      guard !fraction.isEmpty else { return false }
      rest = rest.dropFirst(1 + fraction.count)
    }
    guard rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") else {
      return rest.isEmpty
    }
    rest = rest.dropFirst()
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") {
      rest = rest.dropFirst()
    }
    return !rest.isEmpty && rest.allSatisfy(isDigit)
  }

  private mutating func word() throws(ConfigurationError) -> Node.Value {
    let start = cursor
    let word = String(
      decoding: cursor.take { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      }, as: UTF8.self)
    switch word {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    default:
      throw .syntax(
        start.location, found: word.isEmpty ? start.found : "'\(word)'", expected: "a value")
    }
  }

  private mutating func skipBlank() throws(ConfigurationError) {
    while let byte = cursor.next {
      switch (byte, cursor.afterNext) {
      case (UInt8(ascii: " "), _), (UInt8(ascii: "\t"), _), (UInt8(ascii: "\n"), _),
        (UInt8(ascii: "\r"), _):
        cursor.advance()
      case (UInt8(ascii: "/"), UInt8(ascii: "/")):
        _ = cursor.take { $0 != UInt8(ascii: "\n") }
      case (UInt8(ascii: "/"), UInt8(ascii: "*")): try skipBlockComment()
      default: return
      }
    }
  }

  private mutating func skipBlockComment() throws(ConfigurationError) {
    let start = cursor.location
    cursor.advance()
    cursor.advance()
    while cursor.next != nil {
      if cursor.next == UInt8(ascii: "*"), cursor.afterNext == UInt8(ascii: "/") {
        cursor.advance()
        return cursor.advance()
      }
      cursor.advance()
    }
    throw .syntax(start, found: "a comment without end", expected: "'*/'")
  }

  private func expected(_ expectation: String) -> ConfigurationError {
    .syntax(cursor.location, found: cursor.found, expected: expectation)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
