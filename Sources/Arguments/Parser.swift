/// Turns words into a request.
///
/// Words are sorted into options and others first, since `deploy -s production push` is as good
/// as `deploy push -s production`; only then is the command looked up, and each option held to it.
struct Parser<Context: Sendable> {
  let table: CommandTable<Context>

  func request(_ words: [String]) throws(UsageError) -> CommandTable<Context>.Request {
    var line = try sort(words)
    let wantsHelp = line.options.contains { $0.form?.name == table.help.name }
    if line.words.first == "help" {
      return .help(try topic(Array(line.words.dropFirst())))
    }
    if line.words.isEmpty, line.tail == nil {
      if wantsHelp || line.options.isEmpty { return .help(.overview) }
      // `--version` is what people try first on a tool they do not know.
      if let first = line.options.first, first.form == nil,
        let command = table.command(named: String(first.spelling.drop { $0 == "-" }))
      {
        return .run(command, Invocation())
      }
    }
    if wantsHelp { return .help(try topic(line.words)) }

    let command: Command<Context>
    do {
      command = try takeCommand(from: &line.words)
    } catch {
      // In `--kep 3 push` the 3 is no mistyped command; the option before it is what is wrong.
      guard let stray = line.options.first(where: { $0.form == nil }) else { throw error }
      throw unknown(stray.spelling, among: table.allOptions, of: table.tool)
    }
    var invocation = Invocation()
    invocation.options = try options(line.options, of: command)
    invocation.operands = try operands(line, of: command)
    return .run(command, invocation)
  }

  // MARK: Sorting

  private struct Line {
    var words: [String] = []
    var options: [Occurrence] = []
    /// The words after `--`; nil when there was none.
    var tail: [String]?
  }

  private struct Occurrence {
    /// As typed, without the value: `--keep`, `-k`.
    var spelling: String
    var form: OptionForm?
    var value: String?
  }

  private func sort(_ words: [String]) throws(UsageError) -> Line {
    var line = Line()
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        line.tail = Array(rest)
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        line.words.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let spelling = String(parts[0])
      var occurrence = Occurrence(spelling: spelling, form: find(spelling, in: table.allOptions))
      if parts.count == 2 {
        occurrence.value = String(parts[1])
      } else if let form = occurrence.form, form.takesValue {
        // A forgotten value must not swallow the next option: `--stage --yes`.
        guard let next = rest.first, !next.hasPrefix("-") || next == "-" else {
          throw .missingValue(option: spelling, placeholder: form.placeholder ?? "")
        }
        occurrence.value = rest.popFirst()
      }
      line.options.append(occurrence)
    }
    return line
  }

  private func find(_ spelling: String, in options: [OptionForm]) -> OptionForm? {
    if spelling.hasPrefix("--") { return options.first { $0.long == spelling } }
    let letters = spelling.dropFirst()
    guard letters.count == 1 else { return nil }
    return options.first { $0.short == letters.first }
  }

  // MARK: Commands

  private func takeCommand(from words: inout [String]) throws(UsageError) -> Command<Context> {
    guard let first = words.first else { throw .noCommand(tool: table.tool) }
    if let command = table.command(named: first) {
      words.removeFirst()
      return command
    }
    let members = table.members(of: first)
    guard !members.isEmpty else {
      throw .unknownCommand(
        first, suggestion: nearest(to: first, among: table.firstWords), tool: table.tool)
    }
    guard words.count > 1 else {
      throw .incompleteCommand(
        first, choices: members.map { String($0.name.dropFirst(first.count + 1)) },
        tool: table.tool)
    }
    let name = "\(first) \(words[1])"
    guard let command = members.first(where: { $0.name == name }) else {
      throw .unknownCommand(
        name, suggestion: nearest(to: name, among: members.map(\.name)), tool: table.tool)
    }
    words.removeFirst(2)
    return command
  }

  private func topic(_ words: [String]) throws(UsageError) -> CommandTable<Context>.Topic {
    guard let first = words.first else { return .overview }
    if words.count == 1, table.command(named: first) == nil, !table.members(of: first).isEmpty {
      return .group(first)
    }
    var words = words
    return .command(try takeCommand(from: &words))
  }

  // MARK: Options and operands

  private func options(
    _ occurrences: [Occurrence], of command: Command<Context>
  ) throws(UsageError) -> [String: [String]] {
    let known = table.common + command.options
    var values: [String: [String]] = [:]
    for occurrence in occurrences {
      let spelling = occurrence.spelling
      guard let form = find(spelling, in: known) else {
        throw unknown(spelling, among: known, of: "\(table.tool) \(command.name)")
      }
      guard form.takesValue else {
        guard occurrence.value == nil else { throw .unwantedValue(option: spelling) }
        values[form.name] = [""]
        continue
      }
      // Two stages on one line are a mistake that must not be settled by a rule nobody knows.
      guard form.repeats || values[form.name] == nil else { throw .givenTwice(option: form.long) }
      let value = occurrence.value ?? ""
      if let expected = form.objection(value) {
        throw .badValue(option: spelling, value: value, expected: expected)
      }
      values[form.name, default: []].append(value)
    }
    return values
  }

  private func unknown(
    _ spelling: String, among known: [OptionForm], of command: String
  ) -> UsageError {
    .unknownOption(
      spelling, suggestion: nearest(to: spelling, among: known.map(\.long)), command: command)
  }

  private func operands(
    _ line: Line, of command: Command<Context>
  ) throws(UsageError) -> [String: [String]] {
    let name = "\(table.tool) \(command.name)"
    var tail = line.tail ?? []
    var words = line.words[...]
    if !command.operands.contains(where: \.kind.isPassthrough) {
      words += tail
      tail = []
    }
    var values: [String: [String]] = [:]
    for form in command.operands {
      let taken: [String]
      let least: Int
      switch form.kind {
      case .required:
        (taken, least) = (Array(words.prefix(1)), 1)
        words = words.dropFirst()
      case .optional:
        (taken, least) = (Array(words.prefix(1)), 0)
        words = words.dropFirst()
      case .repeating(let count):
        (taken, least) = (Array(words), count)
        words = []
      case .passthrough(let count):
        // Words that are left belonged behind `--`; that hint beats "too many words".
        guard words.isEmpty || !tail.isEmpty || count == 0 else {
          throw .missingOperand(form.usage, command: name)
        }
        (taken, least) = (tail, count)
      }
      guard taken.count >= least else { throw .missingOperand(form.usage, command: name) }
      for word in taken {
        if let expected = form.objection(word) {
          throw .badOperand(form.name, value: word, expected: expected)
        }
      }
      values[form.name] = taken
    }
    if let extra = words.first { throw .tooManyOperands(first: extra, command: name) }
    return values
  }
}

extension OperandForm.Kind {
  fileprivate var isPassthrough: Bool {
    if case .passthrough = self { true } else { false }
  }
}
