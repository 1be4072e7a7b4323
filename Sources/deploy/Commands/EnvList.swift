import Arguments
import Execution
import Planning

let envListCommand = Command<Context>(
  "env list", "show the keys of shared/.env, and where hosts differ",
  section: "environment", options: EnvOptions.look
) { invocation, context in
  let visiting = try Visiting(invocation, context, limited: true)
  let comparison = EnvComparison(subjects: try await visiting.environments())
  var table = Table(headings: ["key", "value", "hosts"])
  for row in comparison.rows {
    table.rows.append([
      row.key, row.isEmpty ? "(empty)" : EnvComparison.mask,
      comparison.subjects.count == 1 ? comparison.subjects[0].name : row.words,
    ])
    context.console.emit(row.json("env"))
  }
  guard context.console.mode == .text else { return }
  guard !table.rows.isEmpty else {
    return context.console.note("there are no keys yet; `deploy env set KEY` makes the file")
  }
  context.console.print(table.text(width: context.console.width))
}

extension Visiting {
  /// The environment of every host that can be reached.
  func environments(label: String = "") async throws -> [(name: String, file: Dotenv)] {
    var found: [(name: String, file: Dotenv)] = []
    try await each { visit in
      let reading = try await EnvReading.read(visit, project.settings.env.file)
      found.append((label + visit.host.name, reading.snapshot.file))
    }
    return found
  }
}
