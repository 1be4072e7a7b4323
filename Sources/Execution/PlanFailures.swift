import Operations
import Planning
import Remote
import Shipping

/// The words for each way in which a plan can end badly.
extension PlanRun {
  func failure(_ progress: Progress) -> Failure {
    let verb = progress.operation?.verb ?? "begin"
    var failure = Failure(
      exitCode: 12, host: visit.host.name, phase: verb,
      what: progress.complaint.map { "\(verb) failed: \($0.trimmed)" } ?? "\(verb) failed",
      live: "\(visit.state.liveText), unchanged", next: "run `\(plan.command)` again",
      lines: progress.lines)
    if let refusal = progress.refusal {
      let text = RefusalText(refusal, root: visit.host.path, command: plan.command)
      failure.exitCode = refusal.exitCode
      failure.what = text.what
      failure.next = text.next
    } else if let complaint = progress.complaint, let code = exitCode(forComplaint: complaint) {
      failure.exitCode = code
      failure.next = "free space or correct the permission on the host, then run it again"
    }
    if let returned = progress.returnedTo {
      failure.exitCode = 14
      failure.what += "; rolled back to \(returned)"
      failure.live = "\(returned) again"
      failure.kept = plan.takesPayload ? "releases/\(release), marked as failed" : nil
    } else if progress.hasFlipped {
      failure.exitCode = 16
      failure.live =
        progress.isStuck
        ? "\(release); current could not be pointed back"
        : "\(release); there was nothing to go back to"
    } else if progress.isCommitted {
      failure.kept = "releases/\(release), until the next push"
    }
    return failure
  }

  /// The tree could not be read to its end; the agent was told to give up.
  func unshipped(_ error: ShippingError) -> Failure {
    Failure(
      exitCode: 12, host: visit.host.name, phase: "upload", what: error.description,
      live: "\(visit.state.liveText), unchanged", next: "run `\(plan.command)` again")
  }

  /// The agent ended without a word on the operation at work.
  func gone(_ progress: Progress) -> Failure {
    if let exit = interruption.exitCode, !progress.hasFlipBegun {
      return interrupted(exit, progress)
    }
    let verb = progress.operation?.verb ?? "begin"
    if let doubt = doubt("the agent ended without a result at \(verb)", progress) { return doubt }
    return Failure(
      exitCode: progress.hasFlipBegun ? 16 : 12, host: visit.host.name, phase: verb,
      what: "the agent ended without a result at \(verb)", live: live(progress),
      next: progress.hasFlipBegun
        ? "`deploy status`, then run `\(plan.command)` again: it settles what was left"
        : "run `\(plan.command)` again; it sweeps what was left")
  }

  func interrupted(_ exit: Int32, _ progress: Progress) -> Failure {
    Failure(
      exitCode: exit, host: visit.host.name, phase: progress.operation?.verb,
      what: "interrupted at \(progress.operation?.verb ?? "begin")",
      live: "\(visit.state.liveText), unchanged",
      kept: progress.isCommitted ? "releases/\(release), until the next push" : nil,
      next: "nothing; the next `deploy push` sweeps what was left")
  }

  /// The connection broke. Until all of the payload had left, the agent could not flip; afterwards it has
  /// everything it needs and may go on until it notices that nobody listens.
  func lost(_ error: RemoteError, _ progress: Progress) -> Failure {
    if let exit = interruption.exitCode, !progress.hasFlipBegun {
      return interrupted(exit, progress)
    }
    if let doubt = doubt(error.words, progress) { return doubt }
    let mayHaveFlipped =
      progress.hasFlipBegun
      || (barrier == nil
        && progress.operation.map { $0.verb != "enter" && $0.verb != "receive" }
          ?? false)
    return Failure(
      exitCode: mayHaveFlipped ? 16 : 10, host: visit.host.name,
      phase: progress.operation?.verb ?? "begin", what: error.words,
      live: live(progress, mayHaveFlipped),
      next: mayHaveFlipped
        ? "`deploy status` (the agent may have finished without you)"
        : "run `\(plan.command)` again; it takes the lock when the old agent has noticed, within 15 s"
    )
  }

  /// A file of shared data is replaced in one rename: what is there is whole, but which it is takes a look.
  private func doubt(_ what: String, _ progress: Progress) -> Failure? {
    guard let operation = progress.operation, operation.replacesSharedData else { return nil }
    return Failure(
      exitCode: 16, host: visit.host.name, phase: operation.verb, what: what,
      live: "\(visit.state.liveText), unchanged; the environment is as it was, or as asked",
      next: "`deploy env history`, then run `\(plan.command)` again: it starts from what is there")
  }

  private func live(_ progress: Progress, _ mayHaveFlipped: Bool? = nil) -> String {
    if progress.hasFlipped { return "\(release), not recorded yet" }
    return mayHaveFlipped ?? progress.hasFlipBegun
      ? "unknown (\(visit.state.liveText) or \(release); both are complete)"
      : "\(visit.state.liveText), unchanged"
  }
}

extension String {
  var trimmed: String {
    var text = Substring(self)
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
