/// Scripts that teach a shell the commands and options of a table.
///
/// They hold the whole table as constants: pressing Tab starts no process and asks no host.
public enum Completion {
  public enum Shell: String, CaseIterable, ArgumentValue {
    case bash
    case zsh
    case fish
  }

  public static func script<Context>(for table: CommandTable<Context>, in shell: Shell) -> String {
    switch shell {
    case .bash: bash(table)
    case .zsh: zsh(table)
    case .fish: fish(table)
    }
  }

  // MARK: bash

  private static func bash<Context>(_ table: CommandTable<Context>) -> String {
    let valued = table.valuedSpellings.joined(separator: " | ")
    return """
      _\(table.tool)() {
        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
        local typed="" words="" index
        for ((index = 1; index < COMP_CWORD; index++)); do
          case ${COMP_WORDS[index]} in
            --) return ;;
            \(valued)) ((index++)) ;;
            -*) ;;
            *) typed="${typed:+$typed }${COMP_WORDS[index]}" ;;
          esac
        done
        case $previous in
      \(choices(table).map { "    \($0.spellings)) words=\"\($0.words)\" ;;" }.joined(separator: "\n"))
          \(valued)) return ;;
          *) case $typed in
      \(cases(table))
            esac ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
      }
      complete -o default -F _\(table.tool) \(table.tool)

      """
  }

  private static func choices<Context>(
    _ table: CommandTable<Context>
  ) -> [(spellings: String, words: String)] {
    var seen: Set<String> = []
    return table.allOptions
      .filter { !$0.choices.isEmpty && seen.insert($0.name).inserted }
      .map { ($0.spellings.joined(separator: " | "), $0.choices.joined(separator: " ")) }
  }

  private static func cases<Context>(_ table: CommandTable<Context>) -> String {
    let common = table.common.map(\.long)
    var rows = [("\"\"", table.firstWords + common)]
    rows.append(("help", table.firstWords))
    for group in table.groups {
      rows.append(("'\(group)' | 'help \(group)'", table.secondWords(of: group)))
    }
    for command in table.commands {
      let words = command.operands.flatMap(\.choices) + command.options.map(\.long) + common
      rows.append(("'\(command.name)' | '\(command.name) '*", words))
    }
    return rows.map { "      \($0.0)) words=\"\($0.1.joined(separator: " "))\" ;;" }
      .joined(separator: "\n")
  }

  // MARK: zsh

  /// zsh runs the bash script through its own `bashcompinit`, except that it lacks `mapfile` and
  /// counts from 1; a native function is shorter than bending one script to both.
  private static func zsh<Context>(_ table: CommandTable<Context>) -> String {
    func describe(_ rows: [(String, String)]) -> String {
      rows.map { name, meaning in
        let colon = name.split(separator: ":", omittingEmptySubsequences: false)
        return quoted("\(colon.joined(separator: "\\:")):\(meaning)")
      }.joined(separator: " ")
    }
    let common = table.common.map { ($0.long, $0.summary) }
    var rows = [("''", describe(table.firstRows + common)), ("help", describe(table.firstRows))]
    for group in table.groups {
      rows.append(("\(quoted(group))|\(quoted("help \(group)"))", describe(table.rows(of: group))))
    }
    for command in table.commands {
      let choices = command.operands.flatMap { form in form.choices.map { ($0, form.summary) } }
      let options = command.options.map { ($0.long, $0.summary) }
      rows.append(
        (
          "\(quoted(command.name))|\(quoted("\(command.name) "))*",
          describe(choices + options + common)
        ))
    }
    let valued = table.valuedSpellings.joined(separator: "|")
    return """
      #compdef \(table.tool)
      _\(table.tool)() {
        local typed="" index
        local -a rows
        for ((index = 2; index < CURRENT; index++)); do
          case ${words[index]} in
            --) _default; return ;;
            \(valued)) ((index++)) ;;
            -*) ;;
            *) typed="${typed:+$typed }${words[index]}" ;;
          esac
        done
        case ${words[CURRENT-1]} in
      \(choices(table).map {
        "    \($0.spellings)) compadd -- \($0.words); return ;;"
      }.joined(separator: "\n"))
          \(valued)) _default; return ;;
        esac
        case $typed in
      \(rows.map { "    \($0.0)) rows=(\($0.1)) ;;" }.joined(separator: "\n"))
        esac
        _describe '\(table.tool)' rows
      }
      if [ "$funcstack[1]" = "_\(table.tool)" ]; then
        _\(table.tool) "$@"
      else
        compdef _\(table.tool) \(table.tool)
      fi

      """
  }

  // MARK: fish

  private static func fish<Context>(_ table: CommandTable<Context>) -> String {
    let tool = table.tool
    let first = table.firstWords.joined(separator: " ")
    var lines = ["complete -c \(tool) -f"]
    for option in table.common { lines.append("complete -c \(tool)\(fishOption(option))") }
    for (name, summary) in table.firstRows {
      lines.append(
        "complete -c \(tool) -n 'not __fish_seen_subcommand_from \(first)' -a \(name)"
          + " -d \(quoted(summary))")
    }
    lines.append("complete -c \(tool) -n '__fish_seen_subcommand_from help' -a '\(first)'")
    for group in table.groups {
      let seconds = table.secondWords(of: group).joined(separator: " ")
      for (name, summary) in table.rows(of: group) {
        lines.append(
          "complete -c \(tool) -n '__fish_seen_subcommand_from \(group); and not"
            + " __fish_seen_subcommand_from \(seconds)' -a \(name) -d \(quoted(summary))")
      }
    }
    for command in table.commands {
      let condition = command.name.split(separator: " ")
        .map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
      let start = "complete -c \(tool) -n '\(condition)'"
      let choices = command.operands.flatMap(\.choices).joined(separator: " ")
      if !choices.isEmpty { lines.append("\(start) -a '\(choices)'") }
      for option in command.options { lines.append(start + fishOption(option)) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func fishOption(_ option: OptionForm) -> String {
    var text = option.short.map { " -s \($0)" } ?? ""
    text += " -l \(option.name)"
    if option.takesValue { text += option.choices.isEmpty ? " -r -F" : " -x" }
    if !option.choices.isEmpty { text += " -a '\(option.choices.joined(separator: " "))'" }
    return text + " -d \(quoted(option.summary))"
  }

  /// A single-quoted word of zsh, and of fish, where a backslash inside quotes is special too: the
  /// quote is closed around an escaped one, which both read alike.
  private static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}

extension OptionForm {
  fileprivate var spellings: [String] { [long] + (short.map { ["-\($0)"] } ?? []) }
}

extension CommandTable {
  fileprivate var valuedSpellings: [String] {
    var seen: Set<String> = []
    return allOptions.filter(\.takesValue).flatMap(\.spellings)
      .filter { seen.insert($0).inserted }
  }

  fileprivate var groups: [String] {
    firstWords.filter { command(named: $0) == nil && $0 != "help" }
  }

  fileprivate func secondWords(of group: String) -> [String] { rows(of: group).map(\.0) }

  fileprivate func rows(of group: String) -> [(String, String)] {
    members(of: group).map { (String($0.name.dropFirst(group.count + 1)), $0.summary) }
  }

  fileprivate var firstRows: [(String, String)] {
    firstWords.map { word in
      let members = members(of: word).map { String($0.name.dropFirst(word.count + 1)) }
      let summary = command(named: word)?.summary ?? members.joined(separator: ", ")
      return (word, word == "help" ? "explain a command" : summary)
    }
  }
}
