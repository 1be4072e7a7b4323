/// A command line that cannot be carried out: what was found wrong, as facts.
public enum UsageError: Error, Sendable, Equatable, CustomStringConvertible {
  case noCommand(tool: String)
  case unknownCommand(String, suggestion: String?, tool: String)
  case incompleteCommand(String, choices: [String], tool: String)
  case unknownOption(String, suggestion: String?, command: String)
  case missingValue(option: String, placeholder: String)
  case unwantedValue(option: String)
  case badValue(option: String, value: String, expected: String)
  case givenTwice(option: String)
  case missingOperand(String, command: String)
  case tooManyOperands(first: String, command: String)
  case badOperand(String, value: String, expected: String)

  /// What is wrong.
  public var description: String {
    switch self {
    case .noCommand: "no command was given"
    case .unknownCommand(let name, _, _): "unknown command \"\(name)\""
    case .incompleteCommand(let name, _, _): "\"\(name)\" needs a second word"
    case .unknownOption(let option, _, let command): "unknown option \"\(option)\" of `\(command)`"
    case .missingValue(let option, _): "option \"\(option)\" needs a value"
    case .unwantedValue(let option): "option \"\(option)\" takes no value"
    case .badValue(let option, let value, let expected):
      "option \"\(option)\": expected \(expected), not \"\(value)\""
    case .givenTwice(let option): "option \"\(option)\" was given twice"
    case .missingOperand(let usage, let command): "`\(command)` needs \(usage)"
    case .tooManyOperands(let first, let command):
      "\"\(first)\" is one word too many for `\(command)`"
    case .badOperand(let name, let value, let expected):
      "<\(name)>: expected \(expected), not \"\(value)\""
    }
  }

  /// What to type instead; nil when the description says it already.
  public var next: String? {
    switch self {
    case .noCommand(let tool): "`\(tool) help` lists the commands"
    case .unknownCommand(_, let suggestion?, let tool): "did you mean `\(tool) \(suggestion)`?"
    case .unknownCommand(_, nil, let tool): "`\(tool) help` lists the commands"
    case .incompleteCommand(let name, let choices, let tool):
      "type "
        + choices.map { "`\(tool) \(name) \($0)`" }.joined(separator: ", ").lastCommaAsOr
    case .unknownOption(_, let suggestion?, _): "did you mean \"\(suggestion)\"?"
    case .unknownOption(_, nil, let command): "`\(command) --help` lists the options"
    case .missingValue(let option, let placeholder):
      option.hasPrefix("--")
        ? "write \(option)=\(placeholder)" : "write \(option) \(placeholder)"
    case .missingOperand(_, let command), .tooManyOperands(_, let command):
      "see `\(command) --help`"
    case .unwantedValue, .badValue, .givenTwice, .badOperand: nil
    }
  }
}
