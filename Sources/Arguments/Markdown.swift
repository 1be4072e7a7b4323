/// Help as markdown, for the README; a test holds the README to it.
public enum Help {
  /// A table of all commands: how each is called and what it does.
  public static func markdown<Context>(_ table: CommandTable<Context>) -> String {
    let rows = table.commands.map { command in
      let words = ([table.tool, command.name] + command.operands.map(\.usage))
      return "| `\(cell(words.joined(separator: " ")))` | \(cell(command.summary)) |"
    }
    return (["| Command | What it does |", "|---|---|"] + rows).joined(separator: "\n")
  }

  /// A table of one command's own options; empty when it has none.
  public static func markdown<Context>(optionsOf command: Command<Context>) -> String {
    guard !command.options.isEmpty else { return "" }
    let rows = command.options.map { option in
      let term = option.row.term.drop { $0 == " " }
      return "| `\(cell(String(term)))` | \(cell(option.row.meaning)) |"
    }
    return (["| Option | Meaning |", "|---|---|"] + rows).joined(separator: "\n")
  }

  /// A bar would end the cell, even between backticks.
  private static func cell(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}
