import Operations

/// Plans the directories of an application on a host that has none yet, or not all of them.
public struct SetupPlanner: Sendable {
  public let settings: Settings
  public let host: Settings.Host
  public let state: HostState
  public let requester: Requester
  public let skeleton: [Provision]
  public let waitSeconds: Int

  public init(
    settings: Settings, host: Settings.Host, state: HostState, requester: Requester,
    skeleton: [Provision] = [], waitSeconds: Int = 0
  ) {
    self.settings = settings
    self.host = host
    self.state = state
    self.requester = requester
    self.skeleton = skeleton
    self.waitSeconds = waitSeconds
  }

  public func plan() throws(PlanningError) -> Plan {
    try HostRequirements(host: host, state: state).check()
    return Plan(
      title: "set up \(host.name):\(host.path)",
      command: "deploy setup",
      phases: [
        Plan.Phase(
          .begin,
          [
            .enter(
              wait: waitSeconds, current: state.current.target, head: state.head,
              holder: requester.holder("setup", host.path), fragment: requester.fragment("setup"))
          ]),
        Plan.Phase(.prepare, provisions),
      ],
      notes: ["releases/, shared/ and .deploy/ are made on entering, if they are missing"]
        + missingFiles.map { "shared/\($0) is required and missing; \(advice(for: $0))" })
  }

  /// Required files that a person has to bring: nobody can make them up.
  public var missingFiles: [String] {
    let made = skeleton.map(\.path)
    return settings.shared.files.filter {
      (state.shared[$0] ?? .missing) == .missing && !made.contains($0)
    }
  }

  public func advice(for file: String) -> String {
    let place = "\(host.path)/shared/\(file)"
    guard host.transport != .local else { return "put it at \(place)" }
    let address = host.user.map { "\($0)@\(host.name)" } ?? host.name
    let port = host.port.map { "-P \($0) " } ?? ""
    return "put it at \(place), such as by `scp \(port)\(file) \(address):\(place)`"
  }

  private var provisions: [Operation] {
    let known = Set(skeleton.map(\.path))
    let declared = settings.shared.directories.filter { !known.contains($0) }
    return (declared.map { .directory($0) } + skeleton).map(\.operation)
  }
}
