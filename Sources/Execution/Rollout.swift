import Planning

/// How several hosts go live together: none flips before all are prepared, then batch after batch, each
/// when the one before it works, and none stays when one does not work.
actor Rollout {
  private enum Standing {
    case preparing
    case prepared
    case flipping
    /// Live, and its own checks passed.
    case healthy
    /// Nothing to do here.
    case excused
    case failed
  }

  private enum Question {
    case mayFlip
    case mayStay
  }

  private let settings: Settings.Rollout
  private let batches: [ClosedRange<Int>]
  private var standings: [Standing]
  private var waiters: [(host: Int, question: Question, answer: CheckedContinuation<Bool, Never>)] =
    []
  /// Whether the hosts behind the canary still wait for the pause to end.
  private var pause: Pause

  private enum Pause {
    case ahead
    case running
    case over
  }

  init(count: Int, _ settings: Settings.Rollout) {
    self.settings = settings
    standings = Array(repeating: .preparing, count: count)
    let batches = settings.batches(of: count)
    self.batches = batches
    pause = settings.pause > 0 && batches.count > 1 ? .ahead : .over
  }

  /// Asked by a host that is prepared. False when another one is not and will not be.
  func mayFlip(_ host: Int) async -> Bool {
    standings[host] = .prepared
    let isAllowed = await ask(host, .mayFlip)
    if isAllowed { standings[host] = .flipping }
    return isAllowed
  }

  /// Asked by a host that is live and works. False when another one does not, and all go back.
  func mayStay(_ host: Int) async -> Bool {
    standings[host] = .healthy
    return await ask(host, .mayStay)
  }

  func excuse(_ host: Int) {
    standings[host] = .excused
    settle()
  }

  func fail(_ host: Int) {
    standings[host] = .failed
    settle()
  }

  private func ask(_ host: Int, _ question: Question) async -> Bool {
    await withCheckedContinuation { answer in
      waiters.append((host, question, answer))
      settle()
    }
  }

  /// Answers everybody who can be answered by now.
  private func settle() {
    beginPause()
    var left = waiters
    waiters = []
    left.removeAll { waiter in
      guard let verdict = verdict(on: waiter.question, for: waiter.host) else { return false }
      // Before anybody else is looked at: who flips is no longer one of those who wait.
      if verdict, waiter.question == .mayFlip { standings[waiter.host] = .flipping }
      waiter.answer.resume(returning: verdict)
      return true
    }
    waiters += left
  }

  /// Nil as long as it is not decided.
  private func verdict(on question: Question, for host: Int) -> Bool? {
    let hasFailed = standings.contains { $0 == .failed }
    switch question {
    case .mayFlip:
      if hasFailed { return false }
      guard !standings.contains(where: { $0 == .preparing }) else { return nil }
      let batch = batches.firstIndex { $0.contains(host) } ?? 0
      let isNext = batches[..<batch].allSatisfy(works)
      return isNext && (batch == 0 || pause == .over) ? true : nil
    case .mayStay:
      if hasFailed { return settings.keepsOthers }
      return works(standings.startIndex...(standings.endIndex - 1)) ? true : nil
    }
  }

  private func works(_ hosts: ClosedRange<Int>) -> Bool {
    standings[hosts].allSatisfy { $0 == .healthy || $0 == .excused }
  }

  private func beginPause() {
    guard pause == .ahead, let first = batches.first, works(first) else { return }
    pause = .running
    let seconds = settings.pause
    Task {
      try? await Task.sleep(for: .seconds(seconds))
      endPause()
    }
  }

  private func endPause() {
    pause = .over
    settle()
  }
}

extension Rollout {
  /// One host's part in it.
  struct Place: Sendable {
    let rollout: Rollout
    let host: Int

    func mayFlip() async -> Bool { await rollout.mayFlip(host) }
    func mayStay() async -> Bool { await rollout.mayStay(host) }
    func excuse() async { await rollout.excuse(host) }
    func fail() async { await rollout.fail(host) }
  }
}
