import Arguments
import Execution
import Planning

let envRollbackCommand = Command<Context>(
  "env rollback", "return shared/.env to an earlier version, as a new version",
  discussion: """
    Without a number it returns to the version before; once more, to the one before that. Numbers \
    are each host's own, so that one with several hosts takes --host too.
    """,
  section: "environment", operands: [EnvRollbackOperands.version], options: EnvOptions.change
) { invocation, context in
  let wanted = invocation[EnvRollbackOperands.version]
  let change = try EnvChange(invocation, context, .rollback)
  let hosts = change.project.settings.hosts
  if wanted != nil, hosts.count > 1 {
    throw Failure(
      exitCode: 2, what: "a version's number is one host's own, and the stage has \(hosts.count)",
      live: "unchanged", next: "name one: `--host \(hosts[0].name)`")
  }
  try await change.carryOut { reading, visit in
    let records = reading.snapshot.records
    let target =
      wanted.map { number in records.first { $0.version == number } } ?? reading.snapshot.previous
    guard let target, target.digest != "-" else {
      throw EnvReading.failure(
        visit, 18, "there is no such version to return to", "`deploy env history` lists them")
    }
    return EnvChange.Edit(
      content: try await EnvReading.version(target.version, of: visit), restores: target.version)
  }
}

private enum EnvRollbackOperands {
  static let version = Operand<Int?>("version", "its number in `env history`")
}
