/// What a key may hold.
public enum Shape: Sendable {
  case text(Grammar)
  case integer(ClosedRange<Int>)
  case choice([String])
  /// True or false.
  case flag
  /// A status of HTTP as a number, or a text such as `2xx`.
  case status
  indirect case list(Shape)
  /// One, or a list of them.
  indirect case several(Shape)
  /// With alternatives, exactly one of them is there, and a layer replaces the object as a whole.
  case object([Key], alternatives: [String] = [])
  /// An object with those keys of the table that are allowed in a place.
  case keys(Place)
  /// An object whose keys are of the user's choice, as long as they are names.
  indirect case named(Shape, Grammar)
  /// A short form and a long form, which a reader can tell apart.
  indirect case either(Shape, or: Shape)

  /// For error messages: what was expected.
  var expectation: String {
    switch self {
    case .text(let grammar): grammar.expectation
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .choice(let words): "one of " + words.map { "\"\($0)\"" }.joined(separator: ", ")
    case .flag: "true or false"
    case .status: "a status such as 200, or a text such as \"2xx\""
    case .list: "a list"
    case .several(let element): "\(element.expectation), or a list of such"
    case .object, .keys, .named: "an object"
    case .either(let short, let long): "\(short.expectation), or \(long.expectation)"
    }
  }

  /// For the table of the documentation: the type in a word or two.
  var title: String {
    switch self {
    case .text(let grammar): grammar.title
    case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .choice(let words): words.joined(separator: ", ")
    case .flag: "true or false"
    case .status: "status"
    case .list(let element): "list of \(element.title)"
    case .several(let element): "\(element.title), or a list"
    case .object, .keys: "object"
    case .named(.text, _): "texts by name"
    case .named: "objects by name"
    case .either(let short, let long): "\(short.title) or \(long.title)"
    }
  }
}

/// One row of the table of everything that can be configured.
public struct Key: Sendable {
  public let name: String
  public let shape: Shape
  /// Empty for a key inside another one, which is allowed wherever that one is.
  public let places: [Place]
  public let isRequired: Bool
  /// What holds when the key is absent: JSON where possible, else words.
  public let fallback: String?
  public let documentation: String
  /// A JSON value, which the tests read back.
  public let example: String

  init(
    _ name: String, _ shape: Shape, in places: [Place] = [], required: Bool = false,
    fallback: String? = nil, example: String, _ documentation: String
  ) {
    self.name = name
    self.shape = shape
    self.places = places
    isRequired = required
    self.fallback = fallback
    self.documentation = documentation
    self.example = example
  }
}
