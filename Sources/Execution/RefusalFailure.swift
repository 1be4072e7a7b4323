import Planning
public import Remote

extension Failure {
  /// A question that a host refused to answer, or could not.
  public init(
    _ answer: AgentEvent.Refusal?, complaint: String?, asking phase: String, of visit: Visit,
    command: String
  ) {
    let live = "\(visit.state.liveText), unchanged"
    guard let answer else {
      let what = complaint.map(\.trimmed) ?? "\(phase) failed on the host"
      self.init(
        exitCode: complaint.flatMap { Execution.exitCode(forComplaint: $0) } ?? 12,
        host: visit.host.name, phase: phase,
        what: what, live: live, next: "run `\(command)` again; `deploy check` looks at the host")
      return
    }
    let text = RefusalText(answer, root: visit.host.path, command: command)
    self.init(
      exitCode: answer.exitCode == 1 ? 17 : answer.exitCode, host: visit.host.name, phase: phase,
      what: text.what, live: live, next: text.next)
  }
}
