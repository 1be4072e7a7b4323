import Arguments
import Execution
import Glibc
import Operations
import Planning
import Remote
import SSH

let checkCommand = Command<Context>(
  "check", "find out what would keep a deploy to each host from working",
  discussion: """
    Changes nothing. Each finding is ok, warn or fail, with the command that mends it. The exit \
    status is 17 when something fails, 10 when a host cannot be reached, else 0.
    """,
  section: "setting up", options: [HostOptions.role, HostOptions.host]
) { invocation, context in
  let visiting = try Visiting(invocation, context, limited: true)
  try await visiting.each { visit in
    let answer = try await visit.session.ask(.inspect, within: .seconds(120))
    guard answer.status == 0 else {
      throw Failure(
        exitCode: 17, host: visit.host.name, phase: "check",
        what: answer.complaint ?? "the host could not be inspected", live: visit.state.liveText,
        next: "look with `deploy ssh`")
    }
    // The survey's clock is as old as the question that came after it.
    let fresh = try await visit.session.ask(.survey(shared: []))
    let there = SurveyReader.read(fresh.events).clock
    let inspection = Inspection(answer.events)
    let examination = Examination(
      settings: visiting.project.settings, host: visit.host, state: visit.state,
      inspection: inspection, skew: there - Int(time(nil)))
    Check.tell(inspection, of: visit.host, on: context.console)
    var findings =
      Check.way(to: visit.host) + examination.findings
      + EnvExamination.findings(visiting.project, visit.state)
    findings += try await ServiceExamination(visiting.project.settings, visit).findings()
    findings += try await ScheduledJob.findings(on: visit, home: inspection.home)
    if let live = visit.state.liveName {
      findings += try await SharedAudit.dangers(
        of: visiting.project.settings, in: live, on: visit)
    }
    try Check.report(findings, of: visit, on: context)
  }
}

enum Check {
  /// How the host is reached.
  static func way(to host: Settings.Host) -> [Finding] {
    switch host.transport {
    case .local: [Finding(.ok, "connection", "this machine, without SSH")]
    case .openssh: [Finding(.ok, "connection", "the system's ssh")]
    case .libssh2: [Finding(.ok, "connection", "libssh2 \(Library.version)")]
    }
  }

  /// All that the host's tools said of their versions, for programs and for who asks for more.
  static func tell(_ inspection: Inspection, of host: Settings.Host, on console: Console) {
    for tool in inspection.tools {
      console.explain("\(host.name): \(tool.name.padded(to: 10)) \(tool.version ?? "missing")")
      console.emit([
        "event": "tool", "host": .string(host.name), "name": .string(tool.name),
        "version": JSONLine(tool.version),
      ])
    }
  }

  static func report(_ findings: [Finding], of visit: Visit, on context: Context) throws {
    let name = visit.host.name
    if context.console.mode == .text {
      context.console.print("\(.bold, name):\(visit.host.path)")
    }
    for finding in findings where context.console.detail > .quiet || finding.level != .ok {
      context.console.print(finding.text, json: finding.json(host: name))
    }
    let failed = findings.count { $0.level == .fail }
    let warned = findings.count { $0.level == .warn }
    context.console.print(
      "  \(failed) to mend, \(warned) to know; live is \(visit.state.liveText)",
      json: [
        "event": "checked", "host": .string(name), "fail": .integer(failed),
        "warn": .integer(warned), "exit": .integer(failed > 0 ? 17 : 0),
      ])
    guard failed > 0 else { return }
    throw Failure(
      exitCode: 17, host: name, phase: "check",
      what: failed == 1 ? "one thing is to be mended" : "\(failed) things are to be mended",
      live: "\(visit.state.liveText), unchanged",
      next: "type what stands behind \"fix:\", then `deploy check` again")
  }
}
