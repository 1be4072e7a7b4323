import Arguments
import Execution
import Planning

let envDiffCommand = Command<Context>(
  "env diff", "compare hosts, stages or the example, by names alone",
  discussion: """
    Compares the stage's hosts with each other, and says of each key whether it is the same, \
    different or missing. Values are never shown.

      deploy env diff                   hosts with each other; one host with the example
      deploy env diff --with staging    with another stage
      deploy env diff --example         with the example file of this project
    """,
  section: "environment",
  options: EnvOptions.look + [EnvDiffOptions.stage, EnvDiffOptions.example]
) { invocation, context in
  let visiting = try Visiting(invocation, context, limited: true)
  var subjects = try await visiting.environments()
  if let stage = invocation[EnvDiffOptions.stage] {
    let other = try Visiting(Project(invocation, context, stage: stage), context)
    subjects += try await other.environments(label: "\(stage)/")
  }
  if invocation[EnvDiffOptions.example] || subjects.count == 1 {
    let example = visiting.project.settings.env.example
    guard let bytes = visiting.project.localExampleBytes else {
      throw Failure(
        exitCode: 2, what: "there is nothing to compare with: no \(example) here",
        live: "unchanged", next: "`deploy env diff --with STAGE`, or name the file as `env.example`"
      )
    }
    subjects.append((example, Dotenv(bytes)))
  }
  let rows = EnvComparison(subjects: subjects).rows
  var table = Table(headings: ["key", "how"])
  for row in rows {
    if !row.isSame { table.rows.append([row.key, row.words]) }
    context.console.emit(row.json("env-diff"))
  }
  guard context.console.mode == .text else { return }
  if !table.rows.isEmpty { context.console.print(table.text(width: context.console.width)) }
  context.console.print("\(rows.count { $0.isSame }) same, \(table.rows.count) not")
}

private enum EnvDiffOptions {
  static let stage = Option<String?>("with", value: "STAGE", "compare with this stage too")
  static let example = Option<Bool>("example", "compare with the example file of this project")
}
