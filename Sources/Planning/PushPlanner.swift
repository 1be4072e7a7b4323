public import Operations

/// Plans a push to one host.
public struct PushPlanner: Sendable {
  public let settings: Settings
  public let host: Settings.Host
  public let state: HostState
  public let release: ReleaseID
  public let requester: Requester
  public var shipment: Shipment
  /// What shared/ starts with, on a host that was never set up.
  public let skeleton: [Provision]
  /// What an adopted release has that may be data.
  public let claims: [Claim]
  public let waitSeconds: Int
  public let isOneOfSeveral: Bool

  /// What is to be shipped, as far as a plan needs to know it.
  public struct Shipment: Sendable, Equatable {
    public var tree: String
    public var algorithm: DigestAlgorithm
    public var compression: Compression
    public var entryCount: Int
    public var byteCount: Int
    public var commit: String?
    public var branch: String?
    public var subject: String?
    /// What the live release and this one have in common need not be sent; nil sends everything.
    public var saving: Saving?
    /// The file that names the keys which an environment needs.
    public var example: EnvContract.Example?

    /// How little a host needs that has another manifest.
    public struct Saving: Sendable, Equatable {
      public var base: String
      public var fileCount: Int
      public var byteCount: Int

      public init(base: String, fileCount: Int, byteCount: Int) {
        self.base = base
        self.fileCount = fileCount
        self.byteCount = byteCount
      }
    }

    public init(
      tree: String, algorithm: DigestAlgorithm, compression: Compression, entryCount: Int,
      byteCount: Int, commit: String? = nil, branch: String? = nil, subject: String? = nil,
      example: EnvContract.Example? = nil
    ) {
      self.tree = tree
      self.algorithm = algorithm
      self.compression = compression
      self.entryCount = entryCount
      self.byteCount = byteCount
      self.commit = commit
      self.branch = branch
      self.subject = subject
      self.example = example
    }
  }

  public init(
    settings: Settings, host: Settings.Host, state: HostState, release: ReleaseID,
    requester: Requester, shipment: Shipment, skeleton: [Provision] = [], claims: [Claim] = [],
    waitSeconds: Int = 0, isOneOfSeveral: Bool = false
  ) {
    self.settings = settings
    self.host = host
    self.state = state
    self.release = release
    self.requester = requester
    self.shipment = shipment
    self.skeleton = skeleton
    self.claims = claims
    self.waitSeconds = waitSeconds
    self.isOneOfSeveral = isOneOfSeveral
  }

  /// Whether the content is live already: recorded as such when all its hooks had run, and linked as
  /// today's settings ask.
  public var isLiveAlready: Bool { Self.isLive(shipment.tree, state, settings) }

  public static func isLive(_ tree: String, _ state: HostState, _ settings: Settings) -> Bool {
    guard let live = state.live, live.tree == tree,
      let record = state.ledger.last(where: \.makesLive), record.release == live.id.text,
      record.event != .recovered
    else { return false }
    return state.linked.isSuperset(of: settings.shared.directories + settings.shared.files)
  }

  public func plan() throws(PlanningError) -> Plan {
    try HostRequirements(host: host, state: state).check()
    if case .link(let target, true) = state.current, state.live == nil {
      throw .foreignCurrent(target: target)
    }
    try checkShared()
    try EnvContract.check(settings, state, example: shipment.example)
    try checkSpace()
    let activation = ActivationPlanner(
      settings: settings, host: host, state: state, release: release, direction: .push,
      isOneOfSeveral: isOneOfSeveral)
    let sweep = state.releases.filter { $0.state == .interrupted || $0.state == .failed }
    return Plan(
      title: "push \(release) to \(host.name):\(host.path)",
      command: "deploy push",
      phases: [
        Plan.Phase(
          .begin,
          [
            .enter(
              wait: waitSeconds, current: state.current.target, head: state.head,
              holder: requester.holder("push", release.text), fragment: requester.fragment("push"))
          ] + activation.onFailure
            + (sweep.isEmpty
              ? [] : [.prune(sweep.map(\.id), as: .swept, settings.docroot.place)])),
        Plan.Phase(.transfer, transfer),
        Plan.Phase(
          .prepare,
          provisions + activation.harvest + claimed + activation.overlap + activation.links(in: nil)
            + [
              .commit(
                release,
                more: LedgerMembers.text([
                  "commit": shipment.commit, "branch": shipment.branch,
                  "subject": shipment.subject, "tree": shipment.tree,
                ]))
            ] + activation.beforeFlip + activation.stayingDown + activation.boot + activation.census
            + activation.witness
            + activation.barrier),
        activation.activate(more: ""),
        Plan.Phase(
          .finish,
          activation.memories + retirement(besides: sweep) + activation.harvestAgain
            + activation.standby),
      ],
      notes: notes + activation.notes)
  }

  private var transfer: [Operation] {
    let algorithm = shipment.algorithm.rawValue
    guard let saving = shipment.saving, let live = state.live, live.tree == saving.base else {
      return [.receive(shipment.compression), .verify(algorithm: algorithm)]
    }
    let files = saving.fileCount == 1 ? "1 new file" : "\(saving.fileCount) new files"
    return [
      .stand(live.id, digest: saving.base),
      .patch(
        live.id, to: shipment.tree, shipment.compression,
        summary: "receive \(files) (\(saving.byteCount) bytes), and take over the rest"),
      .attest(algorithm: algorithm),
    ]
  }

  private var claimed: [Operation] {
    guard let live = state.live else { return [] }
    return claims.map { .claim($0.path, in: live.id, files: $0.files) }
  }

  /// Frameworks look for directories such as storage/framework/views and do not make them.
  private var provisions: [Operation] {
    state.releases.isEmpty ? skeleton.map(\.operation) : []
  }

  /// The oldest of what was live, beyond `keep`. The live release and the one before it always stay.
  private func retirement(besides sweep: [Release]) -> [Operation] {
    let good = state.releases.filter { $0.state == .standing || $0.state == .live }
    let surplus = good.count + 1 - max(settings.keep, 2)
    let oldest = good.filter { $0.state != .live }.prefix(max(surplus, 0))
    return oldest.isEmpty ? [] : [.prune(oldest.map(\.id), as: .retired, settings.docroot.place)]
  }

  private func checkShared() throws(PlanningError) {
    for path in settings.shared.files {
      switch state.shared[path] ?? .missing {
      case .file, .link: continue
      case .missing: throw .sharedFileMissing(path: path, root: host.path)
      case .directory, .other:
        throw .sharedMismatch(path: path, found: "directory", expected: "file")
      }
    }
    for path in settings.shared.directories where state.shared[path] == .file {
      throw .sharedMismatch(path: path, found: "file", expected: "directory")
    }
  }

  /// A margin of a tenth for blocks that are not full. Unknown space is not a reason to refuse.
  private func checkSpace() throws(PlanningError) {
    let need = (shipment.byteCount + shipment.entryCount * 4096) / 1024 * 11 / 10
    if let free = state.freeKilobytes, free < need {
      throw .noSpace(root: host.path, need: need, free: free)
    }
    // btrfs and some network file systems count no inodes and say 0.
    if let free = state.freeInodes, free > 0, free < shipment.entryCount + 20 {
      throw .noInodes(root: host.path, need: shipment.entryCount + 20, free: free)
    }
  }

  private var notes: [String] {
    var notes: [String] = []
    if case .link(let target, false) = state.current {
      notes.append("current pointed to nothing (\(target)); the flip repairs it")
    }
    if state.shared[settings.env.file] == .link {
      notes.append("shared/\(settings.env.file) is a link: its keys are not looked at")
    }
    if !state.foreignNames.isEmpty {
      notes.append("left alone in releases/: \(state.foreignNames.joined(separator: ", "))")
    }
    return notes
  }
}
