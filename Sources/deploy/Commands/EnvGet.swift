import Arguments
import Execution
import Planning

let envGetCommand = Command<Context>(
  "env get", "print one value, as it is",
  discussion: """
    The one command that shows a value. With --json it shows none, unless --reveal says so too.
    """,
  section: "environment", operands: [EnvGetOperands.key],
  options: EnvOptions.look + [EnvGetOptions.reveal]
) { invocation, context in
  let key = try EnvKey.one(of: invocation[EnvGetOperands.key], command: "deploy env get")
  let visiting = try Visiting(invocation, context, limited: true)
  var values: [(host: String, value: [UInt8]?)] = []
  try await visiting.each { visit in
    let reading = try await EnvReading.read(visit, visiting.project.settings.env.file)
    values.append((visit.host.name, reading.snapshot.file[key]))
  }
  guard let first = values.first, values.allSatisfy({ $0.value == first.value }) else {
    throw Failure(
      exitCode: 15, what: "\(key) is not the same on all hosts", live: "unchanged",
      next: "name one: `deploy env get \(key) --host \(values.first?.host ?? "NAME")`")
  }
  guard let value = first.value else {
    throw Failure(
      exitCode: 1, what: "\(key) is not set", live: "unchanged", next: "`deploy env list`")
  }
  guard context.console.mode == .json else { return context.console.print(raw: value) }
  let shown = invocation[EnvGetOptions.reveal]
  context.console.emit([
    "event": "env", "key": .string(key),
    "value": .string(shown ? String(decoding: value, as: UTF8.self) : EnvComparison.mask),
  ])
}

private enum EnvGetOperands {
  static let key = Operand<[String]>("KEY", "the variable", atLeast: 1)
}

private enum EnvGetOptions {
  static let reveal = Option<Bool>("reveal", "show the value in JSON too")
}
