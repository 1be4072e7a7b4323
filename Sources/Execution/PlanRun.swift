import Operations
import Planning
import Remote
import Shipping

/// Carries one plan out on one host and says how it ended. One loop over events; what
/// decided it all is the plan.
struct PlanRun: Sendable {
  let visit: Visit
  let plan: Plan
  let release: String
  let payload: PayloadSource?
  /// Nil when this host goes live alone.
  let place: Rollout.Place?
  let interruption: Interruption
  let report: @Sendable (Event.Kind) -> Void

  struct PayloadSource: Sendable {
    let tree: Tree
    let manifest: Manifest
    let compression: Compression
    /// The manifest of what the host has already, when only the difference is to be sent.
    var base: Manifest?
  }

  enum Ending: Sendable {
    case live(notes: [String])
    /// Nothing was done, because the host is not as the plan expected it.
    case changed
    /// Nothing was done: the host cannot make the release of what it has.
    case unfit(String)
    case failed(Failure)
  }

  var session: AgentSession { visit.session }

  func carryOut() async -> Ending {
    var progress = Progress()
    defer { interruption.note(agentOn: visit.host.name, nil) }
    do throws(RemoteError) {
      interruption.note(
        agentOn: visit.host.name,
        place == nil
          ? "gives up within 15 s, unless it can flip by then" : "gives up within 15 s")
      let numbers = try await session.start(plan.operations)
      progress.first = numbers.lowerBound
      interruption.whenRequested { Task { await session.hangUp() } }
      while true {
        let event = try await session.event(
          within: limit(at: progress), hearing: silence(at: progress))
        if let ending = try await take(event, &progress) { return ending }
      }
    } catch {
      progress.sending?.cancel()
      return progress.isRecorded ? live(progress, but: error.words) : .failed(lost(error, progress))
    }
  }

  private func take(_ event: AgentEvent, _ progress: inout Progress)
    async throws(RemoteError) -> Ending?
  {
    switch event {
    case .began(let number):
      begin(number, &progress)
    case .ended(let number, let status):
      let seconds = progress.began.duration(to: .now) / .seconds(1)
      report(.ended(operation: verb(number, progress), seconds: seconds))
      if status == 0, verb(number, progress) == "commit" { progress.isCommitted = true }
      if status == 0, verb(number, progress) == "record" { progress.isRecorded = true }
      if status != 0 { progress.hasFailed = true }
    case .prepared:
      // A plan for several hosts, of which this one alone has something to do, waits for nobody.
      if await place?.mayFlip() ?? true {
        passFlip(&progress)
        try await session.letGo()
      } else {
        try await session.holdBack()
      }
    case .healthy:
      if await place?.mayStay() ?? true {
        try await session.letGo()
      } else {
        try await session.holdBack()
      }
    case .flipped: progress.hasFlipped = true
    case .returned(let release): progress.returnedTo = release
    // What goes wrong on the way back is not why it went back.
    case .refused(let refusal):
      if progress.returnedTo == nil { progress.refusal = refusal }
    case .unfit(let reason): progress.unfit = reason
    case .fact("lacking", let words): progress.lacking.formUnion(words.compactMap { Int($0) })
    case .complaint(let text):
      if progress.returnedTo == nil { progress.complaint = text }
    case .output(let bytes):
      progress.keep(bytes, upTo: longestEnd(progress))
      report(.output(bytes))
    case .note(let kind, let fields):
      let text = NoteText(kind: kind, fields: fields, lines: progress.lines).text
      progress.notes.append(text)
      if kind == "stuck" { progress.isStuck = true }
      report(.note(text))
    case .waiting: report(.waiting)
    case .point(let name): report(.point(name))
    case .holding: Fault.strike()
    case .finished: return .live(notes: progress.notes)
    case .stopped: return await stopped(progress)
    case .gone:
      if let error = await progress.sending?.value { return .failed(unshipped(error)) }
      if progress.isRecorded { return live(progress, but: "the agent ended") }
      return .failed(gone(progress))
    case .hello, .fact, .ledger, .algorithm, .entry, .differs, .result,
      .block:
      break
    }
    return nil
  }

  private func verb(_ number: Int, _ progress: Progress) -> String {
    let index = number - progress.first
    return plan.operations.indices.contains(index) ? plan.operations[index].verb : ""
  }

  /// A probe that fails tells an answer and the end of a log.
  private func longestEnd(_ progress: Progress) -> Int {
    switch progress.operation?.verb {
    case "probe", "boot": 40
    default: 20
    }
  }

  private func begin(_ number: Int, _ progress: inout Progress) {
    let index = number - progress.first
    guard plan.operations.indices.contains(index) else { return }
    let operation = plan.operations[index]
    progress.began = .now
    if progress.returnedTo == nil {
      progress.operation = operation
      progress.lines = []
    }
    if operation.isPointOfNoReturn { passFlip(&progress) }
    report(.began(operation: operation.verb, summary: operation.summary))
    // Not earlier: an entry that is refused must not find a payload where operations are read.
    if operation.takesPayload, let payload {
      progress.sending = Task.detached { [lacking = progress.lacking] in
        await send(payload, lacking: lacking)
      }
    }
  }

  private func passFlip(_ progress: inout Progress) {
    progress.hasFlipBegun = true
    interruption.note(
      agentOn: visit.host.name,
      "goes on by itself until \(release) is live and recorded, or taken back")
  }

  /// How long the host may stay silent. The agent says nothing while it works on one operation, and
  /// some take as long as the disk and the release make them.
  private func limit(at progress: Progress) -> Duration {
    if interruption.exitCode != nil, !progress.hasFlipBegun { return .seconds(20) }
    guard let operation = progress.operation else { return .seconds(60) }
    switch operation.verb {
    case "enter": return .seconds(visit.waitSeconds + 120)
    case "hook": return .seconds(visit.longestHook + 60)
    default: return .seconds(1800)
    }
  }

  /// How long the host may be silent altogether: the half of the agent that listens answers every sign of life,
  /// whatever the other is at. While a payload is on its way, answers wait behind it, and its blocks may take a
  /// minute each.
  private func silence(at progress: Progress) -> Duration {
    progress.operation?.verb == "receive" ? .seconds(75) : .seconds(30)
  }

  private func stopped(_ progress: Progress) async -> Ending {
    if progress.refusal?.kind == "changed" { return .changed }
    if let reason = progress.unfit {
      // The agent has read all of it, or waits for its end.
      _ = await progress.sending?.value
      if interruption.exitCode == nil { return .unfit(reason) }
    }
    progress.sending?.cancel()
    if progress.isRecorded {
      return live(
        progress, but: progress.complaint?.trimmed ?? progress.refusal?.kind ?? "unknown")
    }
    if let exit = interruption.exitCode, !progress.hasFlipped {
      return .failed(interrupted(exit, progress))
    }
    return .failed(failure(progress))
  }

  /// Recorded and on the disk. What is left to do is cleaning up, and the next push does it as well.
  private func live(_ progress: Progress, but why: String) -> Ending {
    report(.note("live, but cleaning up failed: \(why)"))
    return .live(notes: progress.notes)
  }
}
