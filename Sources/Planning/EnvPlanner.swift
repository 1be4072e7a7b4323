import Operations

/// Plans a change of one host's environment file from what a reading found there.
public struct EnvPlanner: Sendable {
  public let settings: Settings
  public let host: Settings.Host
  public let state: HostState
  public let requester: Requester
  public let snapshot: EnvSnapshot
  public let change: Change
  public let waitSeconds: Int

  public struct Change: Sendable, Equatable {
    public var event: EnvRecord.Event
    public var content: [UInt8]
    /// SHA-256 of the content, in hexadecimal.
    public var digest: String
    public var why: String?
    public var restores: Int?

    public init(
      _ event: EnvRecord.Event, content: [UInt8], digest: String, why: String? = nil,
      restores: Int? = nil
    ) {
      self.event = event
      self.content = content
      self.digest = digest
      self.why = why
      self.restores = restores
    }
  }

  public init(
    settings: Settings, host: Settings.Host, state: HostState, requester: Requester,
    snapshot: EnvSnapshot, change: Change, waitSeconds: Int = 0
  ) {
    self.settings = settings
    self.host = host
    self.state = state
    self.requester = requester
    self.snapshot = snapshot
    self.change = change
    self.waitSeconds = waitSeconds
  }

  private var file: String { settings.env.file }

  public var difference: DotenvDifference {
    DotenvDifference(from: snapshot.file, to: Dotenv(change.content))
  }

  /// Nil when the file is as it is wanted already.
  public func plan() throws(PlanningError) -> Plan? {
    guard change.content != (snapshot.content ?? []) else { return nil }
    try HostRequirements(host: host, state: state).checkAccess()
    let verb = "env \(change.event.rawValue)"
    return Plan(
      title: "\(verb) on \(host.name):\(host.path)",
      command: "deploy \(verb)",
      phases: [
        Plan.Phase(
          .begin,
          [
            .enter(
              wait: waitSeconds, current: state.current.target, head: state.head,
              holder: requester.holder(verb, file), fragment: requester.fragment(verb))
          ]),
        Plan.Phase(.prepare, kept + [put]),
      ])
  }

  /// What a hand made of the file becomes a version before it is replaced, so that nothing is lost.
  private var kept: [Operation] {
    guard snapshot.isChangedByHand else { return [] }
    let last = Dotenv(snapshot.lastContent ?? [])
    return [
      .keepEnv(
        file, digest: snapshot.digest,
        record: record(
          snapshot.records.isEmpty ? .found : .hand, digest: snapshot.digest,
          DotenvDifference(from: last, to: snapshot.file)))
    ]
  }

  private var put: Operation {
    .putEnv(
      file, digest: snapshot.digest, content: change.content, newDigest: change.digest,
      record: record(
        change.event, digest: change.digest, difference, why: change.why, restores: change.restores),
      summary: "replace shared/\(file) (\(difference.isEmpty ? "no key" : difference.text))")
  }

  private func record(
    _ event: EnvRecord.Event, digest: String, _ difference: DotenvDifference, why: String? = nil,
    restores: Int? = nil
  ) -> String {
    let words = LedgerMembers.text([
      "file": file, "event": event.rawValue, "actor": requester.actor,
      "client": requester.client, "why": why, "digest": digest,
    ])
    let lists = [
      ("added", difference.added), ("changed", difference.changed), ("removed", difference.removed),
    ].map { name, keys in "\"\(name)\":[\(keys.map { "\"\($0)\"" }.joined(separator: ","))]" }
    let number = restores.map { ",\"restores\":\($0)" } ?? ""
    return words + number + "," + lists.joined(separator: ",")
  }
}
