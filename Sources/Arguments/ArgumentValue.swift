/// A type that can be typed on a command line.
///
/// An enum of strings that is `CaseIterable` needs only to name the protocol: its cases become the
/// choices in help, in completion and in the error for a wrong value.
public protocol ArgumentValue: Sendable {
  init?(argument: String)

  /// The value as one would type it; help shows it for a default.
  var argument: String { get }

  /// What stands for the value in help: `N`, `TIME`.
  static var placeholder: String { get }

  /// What a wrong value should have been, continuing "expected".
  static var expectation: String { get }

  /// Every possible value when there are few, else empty.
  static var choices: [String] { get }
}

extension ArgumentValue {
  public static var choices: [String] { [] }
}

extension ArgumentValue where Self: CaseIterable & RawRepresentable, RawValue == String {
  public init?(argument: String) { self.init(rawValue: argument) }
  public var argument: String { rawValue }
  public static var placeholder: String { choices.joined(separator: "|") }
  public static var expectation: String { choices.joined(separator: ", ").lastCommaAsOr }
  public static var choices: [String] { allCases.map(\.rawValue) }
}

extension String: ArgumentValue {
  public init?(argument: String) { self = argument }
  public var argument: String { self }
  public static var placeholder: String { "TEXT" }
  public static var expectation: String { "text" }
}

extension Int: ArgumentValue {
  public init?(argument: String) { self.init(argument) }
  public var argument: String { description }
  public static var placeholder: String { "N" }
  public static var expectation: String { "a whole number" }
}

/// Durations are numbers with units, largest first: `90s`, `10m`, `1h30m`, `500ms`. A bare number
/// is in seconds, as time limits in deploy.json are.
extension Duration: ArgumentValue {
  public init?(argument: String) {
    if let seconds = Int(argument) {
      guard seconds >= 0, seconds <= Self.longest else { return nil }
      self = .seconds(seconds)
      return
    }
    var rest = argument[...]
    var total = Duration.zero
    var previous = Int.max
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(name.count)
      guard let count = Int(digits), let unit = Self.units.first(where: { $0.name == name }),
        unit.milliseconds < previous, count <= Self.longest
      else { return nil }
      total += .milliseconds(unit.milliseconds) * count
      previous = unit.milliseconds
    }
    guard previous < Int.max, total <= .seconds(Self.longest) else { return nil }
    self = total
  }

  public var argument: String {
    var rest = Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    var text = ""
    for unit in Self.units where rest >= unit.milliseconds {
      text += "\(rest / unit.milliseconds)\(unit.name)"
      rest %= unit.milliseconds
    }
    return text.isEmpty ? "0s" : text
  }

  public static var placeholder: String { "TIME" }
  public static var expectation: String { "a duration such as 90s, 10m or 1h30m" }

  private static let units: [(name: String, milliseconds: Int)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
  ]

  /// A year, in seconds: beyond it a slip of the finger is likelier than an intention.
  private static let longest = 31_536_000
}

extension String {
  /// `a, b, c` as `a, b or c`.
  var lastCommaAsOr: String {
    let parts = split(separator: ", ").map(String.init)
    guard let last = parts.last, parts.count > 1 else { return self }
    return parts.dropLast().joined(separator: ", ") + " or " + last
  }
}
