import Arguments
import Execution
import Planning

let envCheckCommand = Command<Context>(
  "env check", "find what a push would stop at, and what is odd in shared/.env",
  discussion: """
    A push stops before it uploads when the host's file lacks a key that the release's example names, \
    is still the example, or turns debugging on as `env.debug` describes. Exit status as of \
    `deploy check`.
    """,
  section: "environment", options: EnvOptions.look + [PushOptions.allow]
) { invocation, context in
  let visiting = try Visiting(invocation, context, limited: true)
  let project = visiting.project.allowing(invocation)
  try await visiting.each { visit in
    let reading = try await EnvReading.read(visit, project.settings.env.file)
    try Check.report(EnvExamination.findings(project, reading), of: visit, on: context)
  }
}
