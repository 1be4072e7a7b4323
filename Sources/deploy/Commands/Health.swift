import Arguments
import Execution
import Operations
import Planning
import Remote

let healthCommand = Command<Context>(
  "health", "ask the live release whether it works, now",
  discussion: """
    Asks what `health` in deploy.json says, on each host itself, and changes nothing. The exit status is 0 \
    when all that was asked was good, 14 when a check failed, 10 when a host cannot be reached.
    """,
  section: "looking", options: [HostOptions.role, HostOptions.host]
) { invocation, context in
  let visiting = try Visiting(invocation, context, limited: true)
  guard !visiting.project.settings.health.isEmpty else {
    throw Failure(
      exitCode: 2, what: "there is no `health` in deploy.json", live: "unchanged",
      next: #"add such as "health": { "url": "http://127.0.0.1/", "host": "shop.example.com" }"#)
  }
  try await visiting.each { visit in
    try await HealthLook(visit: visit, settings: visiting.project.settings, context: context)
      .carryOut()
  }
}

/// A look at whether one host's live release works.
struct HealthLook {
  let visit: Visit
  let settings: Settings
  let context: Context

  private var host: String { visit.host.name }

  func carryOut() async throws {
    guard let live = visit.state.live else {
      throw Failure(
        exitCode: 17, host: host, phase: "health", what: "no release of ours is live here",
        live: visit.state.liveText, next: "`deploy push` makes one live")
    }
    let checks = settings.health.filter { $0.applies(to: visit.host) }.map(\.check)
    if checks.isEmpty { context.console.note("\(host): no check is for this host") }
    for check in checks { try await ask(check, of: live.id) }
  }

  private func ask(_ check: HealthCheck, of live: ReleaseID) async throws {
    var check = check
    if check.seesRelease {
      check.seesRelease = false
      context.console.explain("\(host): `sees_release` puts a file into the docroot: left out")
    }
    let answer = try await visit.session.ask(
      .probe(check, of: live, logs: settings.logs),
      within: .seconds(check.within + check.timeout + 60))
    tell(check, live, reason: answer.status == 0 ? nil : reason(answer), answer)
    guard answer.status != 0 else { return }
    throw Failure(
      exitCode: 14, host: host, phase: "health",
      what: "\(check.title): \(reason(answer))", live: "\(visit.state.liveText), unchanged",
      next: "find out why (`deploy logs`), or `deploy rollback`", lines: lines(answer))
  }

  private func tell(
    _ check: HealthCheck, _ live: ReleaseID, reason: String?, _ answer: AgentSession.Answer
  ) {
    for case .note(let kind, let fields) in answer.events {
      context.console.note("\(host): \(NoteText(kind: kind, fields: fields).text)")
    }
    let event: JSONLine = [
      "event": "health", "host": .string(host), "release": .string(live.text),
      "check": .string(check.title), "healthy": .bool(reason == nil), "reason": JSONLine(reason),
      "exit": reason == nil ? 0 : 14,
    ]
    guard reason == nil else { return context.console.emit(event) }
    context.console.print(
      "\(.green, "good") \(host): \(check.title), \(check.passes) in a row (\(live.text))",
      json: event)
  }

  private func reason(_ answer: AgentSession.Answer) -> String {
    answer.refusal?.fields.last ?? answer.complaint ?? "could not be asked"
  }

  private func lines(_ answer: AgentSession.Answer) -> [String] {
    answer.events.compactMap {
      if case .output(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
  }
}
