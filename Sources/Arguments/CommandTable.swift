/// Everything that can be typed: the tool's commands and the options that all of them take.
public struct CommandTable<Context: Sendable>: Sendable {
  public let tool: String
  public let summary: String
  public let commands: [Command<Context>]
  public let common: [OptionForm]
  let help: OptionForm

  /// `help` is the flag that asks for help instead of action; it joins the common options.
  public init(
    tool: String, summary: String, commands: [Command<Context>], common: [any DeclaredOption],
    help: Option<Bool>
  ) {
    self.tool = tool
    self.summary = summary
    self.commands = commands
    self.common = common.map(\.form) + [help.form]
    self.help = help.form
  }

  public enum Request: Sendable {
    case run(Command<Context>, Invocation)
    case help(Topic)
  }

  public enum Topic: Sendable {
    case overview
    case group(String)
    case command(Command<Context>)
  }

  /// Takes the words after the program's name.
  public func request(_ words: [String]) throws(UsageError) -> Request {
    try Parser(table: self).request(words)
  }

  public func command(named name: String) -> Command<Context>? {
    commands.first { $0.name == name }
  }

  func members(of group: String) -> [Command<Context>] { commands.filter { $0.group == group } }

  /// What stands at the front of a command line: `push`, and `env` for all of `env set`, `env list`.
  var firstWords: [String] {
    var seen: Set<String> = []
    return (commands.map { $0.group ?? $0.name } + ["help"]).filter { seen.insert($0).inserted }
  }

  var allOptions: [OptionForm] { common + commands.flatMap(\.options) }
}

// MARK: - Programmers' mistakes

extension CommandTable {
  /// Declarations that contradict each other, for a test to find before a user does.
  public var mistakes: [String] {
    duplicates(commands.map(\.name)).map { "command \"\($0)\" is declared twice" }
      + commands.flatMap(mistakes(in:)) + contradictions
  }

  private func mistakes(in command: Command<Context>) -> [String] {
    let options = common + command.options
    var found: [String] = []
    if command.name == "help" || command.name.split(separator: " ").count > 2 {
      found.append("no command can be named \"\(command.name)\"")
    }
    if command.group.flatMap({ self.command(named: $0) }) != nil {
      found.append("\"\(command.name)\" is hidden by the command of its first word")
    }
    found += duplicates(options.map(\.long)).map { "\(command.name): two options are \"\($0)\"" }
    found += duplicates(options.compactMap { $0.short.map { "-\($0)" } })
      .map { "\(command.name): two options are \"\($0)\"" }
    found += duplicates(command.operands.map(\.name))
      .map { "\(command.name): two operands are \"\($0)\"" }
    let order = command.operands.map(\.kind.rank)
    if order != order.sorted() || order.filter({ $0 == OperandForm.Kind.greedyRank }).count > 1 {
      found.append("\(command.name): no word could ever reach the operand after an optional one")
    }
    return found
  }

  /// Options may stand before the command they belong to, so whether a name takes a value must
  /// not depend on the command.
  private var contradictions: [String] {
    var takesValue: [String: Bool] = [:]
    var found: Set<String> = []
    for option in allOptions {
      for spelling in [option.long] + (option.short.map { ["-\($0)"] } ?? []) {
        if takesValue[spelling, default: option.takesValue] != option.takesValue {
          found.insert("\"\(spelling)\" takes a value in one command and none in another")
        }
        takesValue[spelling] = option.takesValue
      }
    }
    return found.sorted()
  }

  private func duplicates(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { !seen.insert($0).inserted }
  }
}

extension OperandForm.Kind {
  fileprivate static let greedyRank = 2

  fileprivate var rank: Int {
    switch self {
    case .required: 0
    case .optional: 1
    case .repeating: Self.greedyRank
    case .passthrough: 3
    }
  }
}
