import Operations

/// Plans how one host goes down for maintenance, and how it comes back. Nothing else brings it up: a push to a
/// host that is down leaves it down.
public struct MaintenancePlanner: Sendable {
  public let settings: Settings
  public let host: Settings.Host
  public let state: HostState
  public let requester: Requester
  public let direction: Direction
  public let waitSeconds: Int

  public enum Direction: Sendable, Equatable {
    /// Also on a host that is down: with another message, and for what the first time did not do.
    case down(Downtime)
    case up
  }

  public init(
    settings: Settings, host: Settings.Host, state: HostState, requester: Requester,
    direction: Direction, waitSeconds: Int = 0
  ) {
    self.settings = settings
    self.host = host
    self.state = state
    self.requester = requester
    self.direction = direction
    self.waitSeconds = waitSeconds
  }

  /// Nil for a host that is to come up and is not down.
  public func plan() throws(PlanningError) -> Plan? {
    try HostRequirements(host: host, state: state).check()
    if case .link(let target, true) = state.current, state.live == nil {
      throw .foreignCurrent(target: target)
    }
    let live = state.live?.id.text ?? "-"
    switch direction {
    case .down(let downtime):
      // The framework last: a command of it that fails leaves a host that knows that it is down.
      return plan(
        "down", "take down",
        [
          .takeDown(
            live, members: downtime.members,
            ledger: LedgerMembers.text(["why": downtime.message]), page: downtime.page)
        ] + calls(settings.maintenance.down, downtime))
    case .up:
      guard let downtime = state.downtime else { return nil }
      return plan(
        "up", "bring up", calls(settings.maintenance.up, downtime) + [.bringUp(live)])
    }
  }

  private func plan(_ verb: String, _ title: String, _ operations: [Operation]) -> Plan {
    Plan(
      title: "\(title) \(host.name):\(host.path)", command: "deploy \(verb)",
      phases: [
        Plan.Phase(
          .begin,
          [
            .enter(
              wait: waitSeconds, current: state.current.target, head: state.head,
              holder: requester.holder(verb, state.liveName ?? ""),
              fragment: requester.fragment(verb))
          ]),
        Plan.Phase(.prepare, operations),
      ])
  }

  private func calls(_ hooks: [Settings.Hook], _ downtime: Downtime) -> [Operation] {
    guard let live = state.live else { return [] }
    return ActivationPlanner(
      settings: settings, host: host, state: state, release: live.id, direction: .push,
      isOneOfSeveral: false
    ).calls(hooks, with: downtime.variables)
  }
}

extension ActivationPlanner {
  /// A release that goes live on a host that is down has to be told, where the framework keeps that in the
  /// release, or where a hook of it came up by itself.
  var stayingDown: [Operation] {
    state.downtime.map { calls(settings.maintenance.down, with: $0.variables) } ?? []
  }

  var downNotes: [String] {
    guard let downtime = state.downtime else { return [] }
    return [
      "\(host.name) is down \(downtime.text(at: state.clock)); it stays down until `deploy up`"
    ]
  }
}
