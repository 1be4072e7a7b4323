public import Operations

/// Plans a change of what is in `shared/`: no release, no flip, but the same lock and the same look at
/// the host.
public struct SharedPlanner: Sendable {
  public let host: Settings.Host
  public let state: HostState
  public let requester: Requester
  public let waitSeconds: Int

  public init(
    host: Settings.Host, state: HostState, requester: Requester, waitSeconds: Int = 0
  ) {
    self.host = host
    self.state = state
    self.requester = requester
    self.waitSeconds = waitSeconds
  }

  /// `verb` is the word behind `deploy shared`; `shipment` is what it sends, if it does.
  public func plan(
    _ verb: String, _ subject: String, sending shipment: Shipment? = nil, _ work: [Operation]
  ) throws(PlanningError) -> Plan {
    try HostRequirements(host: host, state: state).check()
    if let shipment, let free = state.freeKilobytes, free < shipment.bytes / 1024 * 11 / 10 {
      throw .noSpace(root: host.path, need: shipment.bytes / 1024 * 11 / 10, free: free)
    }
    let transfer = shipment.map { shipment -> [Operation] in
      [.receive(shipment.compression), .verify(algorithm: shipment.algorithm.rawValue)]
    }
    return Plan(
      title: "\(verb) \(subject) in shared/ of \(host.name):\(host.path)",
      command: "deploy shared \(verb)",
      phases: [
        Plan.Phase(
          .begin,
          [
            .enter(
              wait: waitSeconds, current: state.current.target, head: state.head,
              holder: requester.holder("shared \(verb)", subject),
              fragment: requester.fragment("shared"))
          ]),
        Plan.Phase(.transfer, transfer ?? []),
        Plan.Phase(.finish, work),
      ])
  }

  public struct Shipment: Sendable {
    public var algorithm: DigestAlgorithm
    public var compression: Compression
    public var bytes: Int

    public init(algorithm: DigestAlgorithm, compression: Compression, bytes: Int) {
      self.algorithm = algorithm
      self.compression = compression
      self.bytes = bytes
    }
  }
}
