/// A value of a JSON text, with the place where it was written.
public struct Node: Sendable, Equatable {
  public var value: Value
  public var location: Location

  public enum Value: Sendable, Equatable {
    /// In the order of the text, each name once.
    case object([Member])
    case array([Node])
    case string(String)
    /// As written, so that no digit is lost on the way.
    case number(String)
    case bool(Bool)
    case null
  }

  public struct Member: Sendable, Equatable {
    public var name: String
    public var location: Location
    public var node: Node

    public init(name: String, location: Location, node: Node) {
      self.name = name
      self.location = location
      self.node = node
    }
  }

  public init(_ value: Value, at location: Location) {
    self.value = value
    self.location = location
  }

  public subscript(name: String) -> Node? { members.first { $0.name == name }?.node }

  /// Nothing for what is no object.
  public var members: [Member] {
    guard case .object(let members) = value else { return [] }
    return members
  }

  /// Nothing for what is no array.
  public var elements: [Node] {
    guard case .array(let elements) = value else { return [] }
    return elements
  }

  public var string: String? {
    guard case .string(let string) = value else { return nil }
    return string
  }

  public var flag: Bool? {
    guard case .bool(let flag) = value else { return nil }
    return flag
  }

  public var integer: Int? {
    guard case .number(let digits) = value else { return nil }
    return Int(digits)
  }

  /// What an error message calls it: short, and without characters that a terminal would obey.
  var summary: String {
    switch value {
    case .object: "an object"
    case .array: "a list"
    case .string(let string): Self.quoted(Self.shortened(string))
    case .number(let digits): Self.shortened(digits)
    case .bool(let bool): "\(bool)"
    case .null: "null"
    }
  }

  private static func shortened(_ text: String) -> String {
    text.unicodeScalars.count > 80 ? String(text.unicodeScalars.prefix(80)) + "…" : text
  }
}
