/// A word of the command line that is not an option; typed like ``Option``.
///
///     let release = Operand<String?>("release", "the release to return to")
///     let hosts = Operand<[String]>("hosts", "only these hosts")
///     let command = Operand.passthrough("command", "what to run in the live release")
public struct Operand<Value: Sendable>: DeclaredOperand {
  public let form: OperandForm
  let reading: @Sendable ([String]) -> Value?
}

/// Operands of every type, so that a command can list them together.
public protocol DeclaredOperand: Sendable {
  var form: OperandForm { get }
}

/// What parser, help and completion need to know of an operand.
public struct OperandForm: Sendable {
  public let name: String
  public let summary: String
  public let kind: Kind
  public let choices: [String]
  let objection: @Sendable (String) -> String?

  public enum Kind: Sendable, Equatable {
    case required
    case optional
    /// All words that are left.
    case repeating(atLeast: Int)
    /// The words after `--`, untouched, so that `deploy run -- ls --help` means what it says.
    case passthrough(atLeast: Int)
  }

  /// As in a usage line.
  public var usage: String {
    switch kind {
    case .required: "<\(name)>"
    case .optional: "[\(name)]"
    case .repeating(0): "[\(name)...]"
    case .repeating: "<\(name)>..."
    case .passthrough(0): "[-- \(name)...]"
    case .passthrough: "-- <\(name)>..."
    }
  }
}

extension Operand {
  public init(_ name: String, _ summary: String) where Value: ArgumentValue {
    form = .taking(Value.self, name, summary, .required)
    reading = { $0.first.flatMap(Value.init(argument:)) }
  }

  public init<Element: ArgumentValue>(
    _ name: String, _ summary: String
  ) where Value == Element? {
    form = .taking(Element.self, name, summary, .optional)
    reading = { .some($0.first.flatMap(Element.init(argument:))) }
  }

  public init<Element: ArgumentValue>(
    _ name: String, _ summary: String, atLeast least: Int = 0
  ) where Value == [Element] {
    form = .taking(Element.self, name, summary, .repeating(atLeast: least))
    reading = { $0.compactMap(Element.init(argument:)) }
  }
}

extension Operand where Value == [String] {
  public static func passthrough(
    _ name: String, _ summary: String, atLeast least: Int = 1
  ) -> Operand {
    Operand(
      form: .taking(String.self, name, summary, .passthrough(atLeast: least)), reading: { $0 })
  }
}

extension OperandForm {
  fileprivate static func taking<Value: ArgumentValue>(
    _: Value.Type, _ name: String, _ summary: String, _ kind: Kind
  ) -> OperandForm {
    OperandForm(
      name: name, summary: summary, kind: kind, choices: Value.choices,
      objection: { Value(argument: $0) == nil ? Value.expectation : nil })
  }
}
