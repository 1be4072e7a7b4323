import Arguments
import Execution
import Operations
import Planning

let logsCommand = Command<Context>(
  "logs", "show the log files that the recipe or `logs` in deploy.json names",
  discussion: """
      deploy logs           the last lines of each
      deploy logs -f        and what is written from now on, until Ctrl-C
    """,
  section: "looking",
  options: [LogsOptions.follow, LogsOptions.lines, HostOptions.role, HostOptions.host]
) { invocation, context in
  let project = try Project(invocation, context).limited(invocation)
  guard !project.settings.logs.isEmpty else {
    throw Failure(
      exitCode: 2, what: "no log files are named", live: "unchanged; nothing was asked",
      next: "name them in deploy.json, such as \"logs\": [\"storage/logs/*.log\"]")
  }
  let lines = invocation[LogsOptions.lines] ?? 50
  let follows = invocation[LogsOptions.follow]
  let patterns = project.settings.logs
  let statuses = try await Following(project: project, context: context).each { visit, say in
    try await Following.listen(
      to: .follow(patterns, lines: lines, forever: follows), on: visit, say: say)
  }
  if let worst = statuses.map(\.status).max(), worst != 0 { throw Ended(exitCode: worst) }
}

enum LogsOptions {
  static let follow = Option<Bool>("follow", short: "f", "go on with what is written from now on")
  static let lines = Option<Int?>(
    "lines", short: "n", value: "LINES", in: 0...100_000, "show so many of each file (50)")
}
