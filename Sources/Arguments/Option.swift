/// An option of a command: a constant that carries the type of its value.
///
/// The type says what reading gives and what the command line must hold:
///
///     let dryRun = Option<Bool>("dry-run", "print the plan and change nothing")
///     let keep = Option<Int?>("keep", in: 2...100, "releases to keep on each host")
///     let wait = Option<Duration>("wait", default: .seconds(60), "how long to wait for the lock")
///     let only = Option<[String]>("only", value: "HOST", "push to this host; may be repeated")
///
///     if invocation[dryRun] { … }
public struct Option<Value: Sendable>: DeclaredOption {
  public let form: OptionForm
  let reading: @Sendable ([String]) -> Value
}

/// Options of every type, so that a command can list them together.
public protocol DeclaredOption: Sendable {
  var form: OptionForm { get }
}

/// What parser, help and completion need to know of an option.
public struct OptionForm: Sendable {
  /// Without dashes.
  public let name: String
  public let short: Character?
  /// Stands for the value in help; nil when the option takes none.
  public let placeholder: String?
  public let summary: String
  public let standard: String?
  public let repeats: Bool
  public let choices: [String]
  /// What was expected, when the text is not it.
  let objection: @Sendable (String) -> String?

  public var takesValue: Bool { placeholder != nil }
  public var long: String { "--\(name)" }
}

extension Option where Value == Bool {
  public init(_ name: String, short: Character? = nil, _ summary: String) {
    form = OptionForm(
      name: name, short: short, placeholder: nil, summary: summary, standard: nil, repeats: false,
      choices: [], objection: { _ in nil })
    reading = { !$0.isEmpty }
  }
}

extension Option {
  public init<Element: ArgumentValue>(
    _ name: String, short: Character? = nil, value placeholder: String? = nil, _ summary: String
  ) where Value == Element? {
    form = .taking(Element.self, name, short, placeholder, summary)
    reading = { $0.last.flatMap(Element.init(argument:)) }
  }

  public init<Element: ArgumentValue>(
    _ name: String, short: Character? = nil, value placeholder: String? = nil, _ summary: String
  ) where Value == [Element] {
    form = .taking(Element.self, name, short, placeholder, summary, repeats: true)
    reading = { $0.compactMap(Element.init(argument:)) }
  }

  public init(
    _ name: String, short: Character? = nil, value placeholder: String? = nil,
    default standard: Value, _ summary: String
  ) where Value: ArgumentValue {
    form = .taking(Value.self, name, short, placeholder, summary, standard: standard.argument)
    reading = { $0.last.flatMap(Value.init(argument:)) ?? standard }
  }
}

extension Option where Value == Int? {
  public init(
    _ name: String, short: Character? = nil, value placeholder: String? = nil,
    in range: ClosedRange<Int>, _ summary: String
  ) {
    form = .taking(Int.self, name, short, placeholder, summary) { text in
      guard let number = Int(text), range.contains(number) else {
        return "a whole number from \(range.lowerBound) to \(range.upperBound)"
      }
      return nil
    }
    reading = { $0.last.flatMap { Int($0) } }
  }
}

extension OptionForm {
  fileprivate static func taking<Value: ArgumentValue>(
    _: Value.Type, _ name: String, _ short: Character?, _ placeholder: String?, _ summary: String,
    standard: String? = nil, repeats: Bool = false,
    objection: @escaping @Sendable (String) -> String? = {
      Value(argument: $0) == nil ? Value.expectation : nil
    }
  ) -> OptionForm {
    OptionForm(
      name: name, short: short, placeholder: placeholder ?? Value.placeholder, summary: summary,
      standard: standard, repeats: repeats, choices: Value.choices, objection: objection)
  }
}
