import Arguments
import Execution
import Operations
import Planning
import Remote

let unlockCommand = Command<Context>(
  "unlock", "end a session that holds the lock and hangs",
  discussion: """
    Not needed after a crash, a killed job or a reboot: the lock belongs to a process on the host, \
    and the kernel frees it when that process ends. This is for a session that is alive and hangs. \
    It shows who holds the lock, asks, and then ends that process group on the host.
    """,
  section: "mending", options: [HostOptions.host]
) { invocation, context in
  try await Visiting(invocation, context, limited: true).each { visit in
    try await Unlock(visit: visit, context: context).carryOut(yes: invocation[CommonOptions.yes])
  }
}

/// The end of one host's session, if a person wants it.
struct Unlock {
  let visit: Visit
  let context: Context

  private var name: String { visit.host.name }

  func carryOut(yes: Bool) async throws {
    guard let holder = visit.state.holder else {
      return tell(
        "\(name): the lock is free; a crashed session leaves none behind, so there is nothing to do",
        ended: [])
    }
    let age = max(visit.state.clock - holder.since, 0)
    context.console.note(
      """
      \(name): locked by \(holder.description), phase \(holder.phase), \(age) s \
      (pid \(holder.pid)); live is \(visit.state.liveText)
      """)
    guard try yes || isWanted() else {
      throw Failure(
        exitCode: 11, host: name, phase: "unlock", what: "left alone, as you said",
        live: "\(visit.state.liveText), unchanged", next: "wait for it; `deploy status` shows it")
    }
    try await end(holder)
  }

  private func isWanted() throws -> Bool {
    try Prompt(surroundings: context.console.surroundings).confirm(
      "End this session and all it started on \(name)?")
  }

  private func end(_ holder: HostState.Holder) async throws {
    let answer = try await visit.session.ask(.unlock(pid: holder.pid, since: holder.since))
    for event in answer.events {
      guard case .note(let kind, let fields) = event else { continue }
      let words =
        kind == "free"
        ? "\(name): it ended by itself; the lock is free"
        : "\(name): ended process group \(fields.dropFirst().joined(separator: ", ")) "
          + "by \(fields.first ?? "TERM"); the lock is free\n"
          + "  next: `deploy push` mends and sweeps what that session left"
      return tell(words, ended: kind == "free" ? [] : fields.dropFirst().compactMap { Int($0) })
    }
    let live = "\(visit.state.liveText), unchanged"
    switch answer.refusal?.kind {
    case "moved":
      throw Failure(
        exitCode: 11, host: name, phase: "unlock", what: "another session holds the lock by now",
        live: live, next: "`deploy status` shows it; run `deploy unlock` again if that one hangs")
    case "not-ours":
      throw Failure(
        exitCode: 19, host: name, phase: "unlock",
        what: "the holder (pid \(holder.pid)) is not a process of \(visit.state.user)", live: live,
        next: "on the host, as root: kill -TERM -- -$(ps -o pgid= \(holder.pid))")
    default:
      throw Failure(
        exitCode: 11, host: name, phase: "unlock",
        what: answer.complaint ?? "the holder (pid \(holder.pid)) does not end, not even by KILL",
        live: live, next: "on the host: ps -o pid,stat,wchan,cmd -p \(holder.pid)")
    }
  }

  private func tell(_ words: String, ended groups: [Int]) {
    context.console.print(
      Text(words),
      json: [
        "event": "unlock", "host": .string(name), "free": true,
        "ended": .array(groups.map(JSONLine.integer)),
      ])
  }
}
