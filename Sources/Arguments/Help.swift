/// Help as text, made from the declarations alone.
extension CommandTable {
  /// Fits lines into `width`, held between 40 and 100 columns: narrower cannot hold a table, wider
  /// is tiring to read.
  public func help(_ topic: Topic, width: Int) -> String {
    let width = min(max(width, 40), 100)
    let lines =
      switch topic {
      case .overview: overview(width)
      case .group(let name): groupHelp(name, width)
      case .command(let command): commandHelp(command, width)
      }
    return lines.joined(separator: "\n")
  }

  private func overview(_ width: Int) -> [String] {
    var seen: Set<String> = []
    let sections = commands.map(\.section).filter { seen.insert($0).inserted }
    var lines = "\(tool) - \(summary)".wrapped(to: width, hanging: 2)
    lines += ["", "usage: \(tool) <command> [options]"]
    for section in sections {
      let members = commands.filter { $0.section == section }
      lines += list(section, members.map { ($0.name, $0.summary) }, width)
    }
    lines += list("options of every command", common.map(\.row), width)
    return lines + [""] + "`\(tool) help <command>` says more.".wrapped(to: width)
  }

  private func groupHelp(_ name: String, _ width: Int) -> [String] {
    ["usage: \(tool) \(name) <command> [options]"]
      + list("commands", members(of: name).map { ($0.name, $0.summary) }, width)
      + [""] + "`\(tool) help \(name) <command>` says more.".wrapped(to: width)
  }

  private func commandHelp(_ command: Command<Context>, _ width: Int) -> [String] {
    var lines = "\(tool) \(command.name) - \(command.summary)".wrapped(to: width, hanging: 2)
    lines += [""] + usage(command).wrapped(to: width, hanging: 9)
    if !command.discussion.isEmpty { lines += [""] + prose(command.discussion, width) }
    if !command.operands.isEmpty {
      lines += list("words", command.operands.map(\.row), width)
    }
    if !command.options.isEmpty {
      lines += list("options", command.options.map(\.row), width)
    }
    return lines + list("options of every command", common.map(\.row), width)
  }

  func usage(_ command: Command<Context>) -> String {
    (["usage: \(tool) \(command.name)", "[options]"] + command.operands.map(\.usage))
      .joined(separator: " ")
  }

  /// A heading and two columns. A term that is too long for its column has a line to itself.
  private func list(
    _ heading: String, _ rows: [(term: String, meaning: String)], _ width: Int
  ) -> [String] {
    let limit = width * 2 / 5
    let widest = rows.map(\.term.count).filter { $0 <= limit }.max() ?? 0
    let column = widest + 4
    var lines = ["", "\(heading):"]
    for row in rows {
      let meaning = row.meaning.wrapped(to: width - column)
      var first = meaning.first ?? ""
      if row.term.count <= widest {
        first = "  \(row.term.padded(to: widest))  \(first)"
      } else {
        lines.append("  \(row.term)")
        first = String(repeating: " ", count: column) + first
      }
      lines.append(first)
      lines += meaning.dropFirst().map { String(repeating: " ", count: column) + $0 }
    }
    return lines
  }

  private func prose(_ text: String, _ width: Int) -> [String] {
    var lines: [String] = []
    var paragraph = ""
    func finish() {
      if !paragraph.isEmpty { lines += paragraph.wrapped(to: width) }
      paragraph = ""
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty || line.hasPrefix("  ") {
        finish()
        lines.append(String(line))
      } else {
        paragraph += " \(line)"
      }
    }
    finish()
    return lines
  }
}

extension OptionForm {
  /// `-s, --stage NAME` and its meaning.
  var row: (term: String, meaning: String) {
    let dashes = (short.map { "-\($0), " } ?? "    ") + long
    let meaning = standard.map { "\(summary) (\($0) unless given)" } ?? summary
    return (placeholder.map { "\(dashes) \($0)" } ?? dashes, meaning)
  }
}

extension OperandForm {
  fileprivate var row: (term: String, meaning: String) {
    let meaning =
      choices.isEmpty
      ? summary : "\(summary): \(choices.joined(separator: ", ").lastCommaAsOr)"
    return (usage, meaning)
  }
}
