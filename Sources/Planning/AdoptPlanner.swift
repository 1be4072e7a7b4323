public import Operations

/// Plans how a directory that another tool, or nobody, laid out becomes one of ours, without
/// deleting anything; and how it becomes again what it was.
public struct AdoptPlanner: Sendable {
  public let settings: Settings
  public let host: Settings.Host
  public let state: HostState
  public let survey: AdoptionSurvey
  public let requester: Requester
  /// The name for content that has none.
  public let release: ReleaseID
  public let waitSeconds: Int

  public init(
    settings: Settings, host: Settings.Host, state: HostState, survey: AdoptionSurvey,
    requester: Requester, release: ReleaseID, waitSeconds: Int = 0
  ) {
    self.settings = settings
    self.host = host
    self.state = state
    self.survey = survey
    self.requester = requester
    self.release = release
    self.waitSeconds = waitSeconds
  }

  /// Nil when there is nothing to adopt: everything here is ours already, or there is nothing.
  public func plan() throws(PlanningError) -> Plan? {
    guard let layout = try layout() else { return nil }
    try HostRequirements(host: host, state: state).checkAccess()
    return switch layout {
    case .releases: try releasesPlan()
    case .directory: try contentPlan(.directory)
    case .plain: try contentPlan(.plain)
    }
  }

  public func layout() throws(PlanningError) -> AdoptedLayout? {
    if survey.record != nil, state.live?.sequence == nil {
      throw .notAdoptable(
        why: "an adoption was interrupted here",
        next: "`deploy adopt --undo` puts everything back, then run `deploy adopt` again")
    }
    switch state.current {
    case .directory: return .directory
    case .other: throw .currentIsFile(root: host.path)
    case .link(let target, false):
      throw .notAdoptable(
        why: "current leads to '\(target)', which is not there",
        next: "point it at the release that is meant, or run `deploy push`: it repairs the link")
    case .link: return state.live?.sequence == nil ? .releases : nil
    case .missing: return try withoutCurrent()
    }
  }

  private func withoutCurrent() throws(PlanningError) -> AdoptedLayout? {
    guard state.directories.isEmpty else {
      throw .notAdoptable(
        why: "there are releases, but no current that says which one is live",
        next: "on the host: ln -s releases/\(state.directories.map(\.name).max() ?? "ID") "
          + "\(host.path)/current, then run `deploy adopt` again")
    }
    guard survey.contentCount > 0 else { return nil }
    // Without .deploy they are not ours, so they are part of what is served.
    for name in ["releases", "shared"] where survey.places[".deploy"] == .missing {
      guard survey.places[name] == .missing else {
        throw .notAdoptable(
          why: "the content has a '\(name)' of its own, where this tool would put its own",
          next: "set another `path` in deploy.json, and move the content there by hand")
      }
    }
    return .plain
  }

  // MARK: Releases of another tool

  private func releasesPlan() throws(PlanningError) -> Plan {
    guard let live = survey.inside, let last = ReleaseID(live) else {
      throw .notAdoptable(
        why: "current leads to \(survey.leads), which is no release under \(host.path)/releases",
        next: "name it like a release (20260131120000) and move it there, then run it again")
    }
    let order = state.directories.compactMap { ReleaseID($0.name) }
      .filter { $0 == last || (survey.origins[$0.text]?.isGood ?? true) }
      .sorted(by: Self.isOlder)
    let before = Dictionary(
      zip(order.dropFirst(), order).map { ($0.0.text, $0.1.text) }, uniquingKeysWith: { $1 })
    // The line of the live one is the last, for that is what is live from then on.
    let taken = order.filter { $0 != last } + [last]
    let leftOut = state.directories.map(\.name).filter { name in
      !order.contains { $0.text == name }
    }
    let flip: [Operation] =
      state.current.target == "releases/\(last)"
      ? [] : [.flip(to: last, expected: state.current.target)]
    var notes = ["what other tools left here (repo/, revisions.log, .dep/) is not touched"]
    if !leftOut.isEmpty {
      notes.append("left alone in releases/: \(leftOut.sorted().joined(separator: ", "))")
    }
    if order.count > settings.keep {
      notes.append(
        "the next push keeps \(settings.keep) of these \(order.count) releases (`keep`)")
    }
    return plan(
      .releases, begin: [], prepare: taken.map { adopt($0, from: before[$0.text]) },
      activate: flip, notes: notes, live: last)
  }

  /// By number, for names count: Deployer's 10 is younger than its 9. Longer numbers are dates.
  static func isOlder(_ left: ReleaseID, _ right: ReleaseID) -> Bool {
    let (left, right) = (left.text.filter { $0 != "-" }, right.text.filter { $0 != "-" })
    return left.utf8.count == right.utf8.count
      ? left < right : left.utf8.count < right.utf8.count
  }

  // MARK: Content without releases

  private func contentPlan(_ layout: AdoptedLayout) throws(PlanningError) -> Plan {
    let declared =
      settings.shared.directories.map { ($0, SharedKind.directory) }
      + settings.shared.files.map { ($0, SharedKind.file) }
    let found = declared.filter { (survey.persistent[$0.0] ?? .missing) != .missing }
    for (path, kind) in found {
      let there = survey.persistent[path] ?? .missing
      guard there == .link || there.rawValue == kind.rawValue else {
        throw .sharedMismatch(path: path, found: there.rawValue, expected: kind.rawValue)
      }
    }
    if let link = survey.escapes.first(where: { path in !found.contains { $0.0 == path } }) {
      throw .notAdoptable(
        why: "\(link) is a link that leads out of the content; it would lead elsewhere from a "
          + "release",
        next: "make it absolute, or name it under `shared`, then run `deploy adopt` again")
    }
    let links = found.flatMap { path, kind -> [Operation] in
      [.share(path, in: release), .link(path, kind, in: release)]
    }
    switch layout {
    case .directory:
      return plan(
        layout, begin: [], prepare: [.settle(release)] + links + [adopt(release, from: nil)],
        activate: [],
        notes: ["between two renames there is no current, for milliseconds"], live: release)
    case .plain, .releases:
      if let need = survey.kilobytes, let free = state.freeKilobytes, free < need * 11 / 10 {
        throw .noSpace(root: host.path, need: need * 11 / 10, free: free)
      }
      return plan(
        layout, begin: [.copyIn(release)], prepare: links + [adopt(release, from: nil)],
        activate: [.flip(to: release, expected: "")],
        notes: [
          "the originals stay where they are, and are served until the web server is told to "
            + "serve \(host.path)/current",
          "what is uploaded between this copy and that moment is only in the originals",
          "until then shared/ and releases/ may be within what the web server shows",
        ],
        live: release)
    }
  }

  // MARK: Common

  private func plan(
    _ layout: AdoptedLayout, begin: [Operation], prepare: [Operation], activate: [Operation],
    notes: [String], live: ReleaseID
  ) -> Plan {
    Plan(
      title: "adopt \(host.name):\(host.path), live is \(live)",
      command: "deploy adopt",
      phases: [
        Plan.Phase(
          .begin,
          [
            enter(live.text),
            .remember(layout, current: state.current.target, made: made),
          ]),
        Plan.Phase(.transfer, begin),
        Plan.Phase(.prepare, prepare),
        Plan.Phase(.activate, activate),
      ],
      notes: notes + ["`deploy adopt --undo` takes it back, as long as nothing was pushed since"])
  }

  private func enter(_ subject: String) -> Operation {
    .enter(
      wait: waitSeconds, current: state.current.target, head: state.head,
      holder: requester.holder("adopt", subject), fragment: requester.fragment("adopt"),
      purpose: .adoption)
  }

  private func adopt(_ release: ReleaseID, from: String?) -> Operation {
    .adopt(
      release, algorithm: state.algorithm.rawValue,
      more: LedgerMembers.text([
        "from": from, "commit": survey.origins[release.text]?.commit,
      ]))
  }

  private var made: [String] {
    ["releases", "shared", ".deploy"].filter { (survey.places[$0] ?? .missing) == .missing }
  }
}

extension AdoptPlanner {
  /// The way back.
  public func undoPlan() throws(PlanningError) -> Plan {
    guard let record = survey.record else { throw .notAdopted }
    try HostRequirements(host: host, state: state).checkAccess()
    let own: [LedgerRecord.Event] = [.adopted, .unadopted]
    if let last = state.ledger.last, !own.contains(last.event),
      state.ledger.contains(where: { $0.event == .adopted })
    {
      throw .changedSinceAdoption(release: last.release)
    }
    return Plan(
      title: "undo the adoption of \(host.name):\(host.path)",
      command: "deploy adopt --undo",
      phases: [
        Plan.Phase(.begin, [enter("--undo")]), Plan.Phase(.prepare, [.unadopt]),
      ],
      notes: undoNotes(record))
  }

  private func undoNotes(_ record: AdoptionSurvey.Record) -> [String] {
    switch record.layout {
    case .releases?: ["current leads to \(record.current) again"]
    case .directory?: ["releases/\(record.releases.first ?? "") is current again"]
    case .plain?:
      [
        "the copies go, if nobody changed them since; first let the web server serve \(host.path)"
      ]
    case nil: []
    }
  }
}
