import Operations

/// Plans a return to a release that was live: no archive, no copy, the same activation as a push.
public struct RollbackPlanner: Sendable {
  public let settings: Settings
  public let host: Settings.Host
  public let state: HostState
  public let requester: Requester
  public let choice: Choice
  public let waitSeconds: Int
  public let isOneOfSeveral: Bool
  /// Whether the target goes live even when its files are not as they were shipped.
  public let acceptsDrift: Bool

  public enum Choice: Sendable, Equatable {
    /// The release that was live before this one; again walks further back.
    case previous
    case release(String)
    /// Back to where the last rollback came from.
    case undo
  }

  public init(
    settings: Settings, host: Settings.Host, state: HostState, requester: Requester,
    choice: Choice, waitSeconds: Int = 0, isOneOfSeveral: Bool = false,
    acceptsDrift: Bool = false
  ) {
    self.settings = settings
    self.host = host
    self.state = state
    self.requester = requester
    self.choice = choice
    self.waitSeconds = waitSeconds
    self.isOneOfSeveral = isOneOfSeveral
    self.acceptsDrift = acceptsDrift
  }

  public func plan() throws(PlanningError) -> Plan {
    try HostRequirements(host: host, state: state).check()
    let target = try target()
    let activation = ActivationPlanner(
      settings: settings, host: host, state: state, release: target.id, direction: .rollback,
      isOneOfSeveral: isOneOfSeveral)
    return Plan(
      title: "roll back to \(target.id) on \(host.name):\(host.path)",
      command: "deploy rollback",
      phases: [
        Plan.Phase(
          .begin,
          [
            .enter(
              wait: waitSeconds, current: state.current.target, head: state.head,
              holder: requester.holder("rollback", target.id.text),
              fragment: requester.fragment("rollback"))
          ] + activation.onFailure),
        Plan.Phase(
          .prepare,
          // First: a refusal must not have changed anything.
          [.recheck(target.id, acceptsDrift: acceptsDrift)] + activation.harvest
            + activation.links(in: target.id) + activation.stayingDown + activation.witness
            + activation.barrier),
        activation.activate(more: LedgerMembers.text(["why": why])),
        Plan.Phase(.finish, activation.harvestAgain + activation.standby),
      ], notes: activation.downNotes)
  }

  /// Migrations that ran since the target first went live: its code does not know what they changed.
  public func migrations() throws(PlanningError) -> [String] {
    let target = try target()
    var names: [String] = []
    for record in state.ledger where record.event == .ran && record.why == "migration" {
      guard record.seq > target.wentLive ?? 0, let name = record.key else { continue }
      names.append("\(name) (with \(record.release), \(record.at.prefix(10)))")
    }
    return names
  }

  private var why: String {
    switch choice {
    case .previous, .release: "rollback"
    case .undo: "undo"
    }
  }

  public func target() throws(PlanningError) -> Release {
    switch choice {
    case .previous: try previous()
    case .release(let name): try named(name)
    case .undo: try undone()
    }
  }

  /// Walks back from release to release by what each replaced when it first went live. So a second
  /// rollback goes further instead of back and forth, and a release that was rolled back from is
  /// never reached through one that was pushed after that.
  private func previous() throws(PlanningError) -> Release {
    let standing = state.releases.filter { $0.state == .standing }
    var visited: Set<String> = []
    var name = state.liveName
    while let here = name, visited.insert(here).inserted {
      name = state.ledger.first { $0.release == here && $0.makesLive }?.from
      if let target = standing.first(where: { $0.id.text == name }) { return target }
    }
    // The ledger no longer reaches that far: the order in which they went live is the next best.
    let before = state.live?.wentLive ?? Int.max
    guard let target = standing.last(where: { ($0.wentLive ?? 0) < before }) else {
      throw .noRollbackTarget
    }
    return target
  }

  private func named(_ name: String) throws(PlanningError) -> Release {
    guard let release = state.releases.first(where: { $0.id.text == name }) else {
      throw .notARelease(
        name: name, choices: state.releases.filter { $0.state == .standing }.map(\.id.text))
    }
    switch release.state {
    case .standing: return release
    case .live: throw .alreadyLive(name: name)
    case .failed, .interrupted: throw .failedRelease(name: name)
    }
  }

  private func undone() throws(PlanningError) -> Release {
    guard let last = state.ledger.last(where: \.makesLive), last.why == "rollback",
      let from = last.from
    else { throw .nothingToUndo }
    return try named(from)
  }
}
