/// A command, declared: help, completion, suggestions and the README's table come from this value.
///
/// A name of two words, `env set`, puts the command into a group. Within `discussion` a blank line
/// parts paragraphs, and lines that begin with two blanks are examples, which are never wrapped.
public struct Command<Context: Sendable>: Sendable {
  public typealias Action = @Sendable (Invocation, Context) async throws -> Void

  public let name: String
  public let summary: String
  public let discussion: String
  /// The heading under which the overview lists the command.
  public let section: String
  public let operands: [OperandForm]
  public let options: [OptionForm]
  /// Returns when the command did what it is for; whatever else happened is an error.
  public let action: Action

  public init(
    _ name: String, _ summary: String, discussion: String = "", section: String = "commands",
    operands: [any DeclaredOperand] = [], options: [any DeclaredOption] = [],
    action: @escaping Action
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.section = section
    self.operands = operands.map(\.form)
    self.options = options.map(\.form)
    self.action = action
  }

  /// `env` of `env set`; nil for a command of one word.
  var group: String? {
    let words = name.split(separator: " ")
    return words.count > 1 ? String(words[0]) : nil
  }
}
