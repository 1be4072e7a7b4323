import Arguments
import Execution
import Planning

let sharedVerifyCommand = Command<Context>(
  "shared verify", "find what could lose shared data, or keep the application from it",
  discussion: """
    Changes nothing: links of the live release and of the one before, modes, caches that name another \
    release, files that die with their release. With --as it tries whether that user can write, by an \
    empty file that is gone afterwards. The exit status is 1 when there is something to mend.

      deploy shared verify --as www-data
    """,
  section: "data that stays",
  options: [SharedVerify.user, HostOptions.role, HostOptions.host]
) { invocation, context in
  let visiting = try Visiting(invocation, context, limited: true)
  try await visiting.each { visit in
    let audit = SharedAudit(
      visit: visit, settings: visiting.project.settings, user: invocation[SharedVerify.user])
    try SharedVerify.report(try await audit.findings(), of: visit, on: context)
  }
}

enum SharedVerify {
  static let user = Option<String?>(
    "as", value: "USER", "try to write as this user, such as www-data")

  static func report(_ findings: [Finding], of visit: Visit, on context: Context) throws {
    let name = visit.host.name
    if context.console.mode == .text {
      context.console.print("\(.bold, name):\(visit.host.path)")
    }
    for finding in findings where context.console.detail > .quiet || finding.level != .ok {
      context.console.print(finding.text, json: finding.json(host: name))
    }
    let open = findings.count { $0.level != .ok }
    context.console.print(
      open == 0
        ? "  nothing to mend; live is \(visit.state.liveText)"
        : "  \(open) to mend; live is \(visit.state.liveText)",
      json: [
        "event": "verified", "host": .string(name), "findings": .integer(open),
        "exit": .integer(open > 0 ? 1 : 0),
      ])
    guard open > 0 else { return }
    throw Failure(
      exitCode: 1, host: name, phase: "verify",
      what: open == 1 ? "one thing is to be mended" : "\(open) things are to be mended",
      live: "\(visit.state.liveText), unchanged",
      next: "type what stands behind \"fix:\", then `deploy shared verify` again")
  }
}
