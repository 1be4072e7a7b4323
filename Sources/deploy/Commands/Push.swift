import Arguments
import Execution
import Operations
import Planning
import Processes
import Remote
import Shipping

let pushCommand = Command<Context>(
  "push", "ship this project and make it live",
  discussion: """
    Builds in a clean export, uploads into a new release, links shared data, flips `current` in \
    one rename, and records it. Does nothing when the content is live already.

      deploy push                 to the only stage
      deploy push -s production   to that one
      deploy push --dry-run       what it would do, against the real hosts
    """,
  section: "deploying",
  options: [
    PushOptions.force, PushOptions.whole, PushOptions.dryRun, PushOptions.wait, PushOptions.timings,
    PushOptions.oldCode, PushOptions.superseded, PushOptions.allow, PushOptions.keep,
    PushOptions.up,
    HostOptions.role, HostOptions.host,
  ]
) { invocation, context in
  let push = try Push(invocation, context)
  if invocation[PushOptions.dryRun] {
    try await push.showPlan()
  } else {
    try await push.carryOut()
    if invocation[PushOptions.up] {
      try await Maintenance(push.project, invocation, context).bringUp()
    }
  }
}

/// A push from the settings to the report; `deploy plan` stops where the plans are made.
struct Push {
  let context: Context
  let project: Project
  let narrator: Narrator
  let fleet: Fleet
  let change: HostChange
  let invocation: Invocation
  let began = ContinuousClock.now

  /// The name that the release is to have; nil for one by the clock.
  let name: ReleaseID?

  init(_ invocation: Invocation, _ context: Context) throws {
    self.init(
      try Project(invocation, context).allowing(invocation).readingScripts()
        .limited(invocation)
        .keeping(invocation), named: nil, invocation, context)
  }

  init(_ project: Project, named name: ReleaseID?, _ invocation: Invocation, _ context: Context) {
    self.invocation = invocation
    self.context = context
    self.project = project
    self.name = name
    narrator = Narrator(console: context.console, hosts: project.settings.hosts.count)
    fleet = project.fleet(
      context, narrator: narrator,
      waitSeconds: Int(invocation[PushOptions.wait].components.seconds))
    change = HostChange(context: context, settings: project.settings, narrator: narrator)
  }

  func carryOut() async throws {
    let notifier = Notifier(project.settings, context, verb: "push", tally: change.tally)
    notifier.begin()
    let prepared = try await prepare()
    defer { prepared.cargo.tree.remove() }
    let origin = prepared.cargo.tree.origin
    change.tally.note(
      Tally.Origin(commit: origin.commit, branch: origin.branch, subject: origin.subject))
    if context.console.detail != .quiet { tellCommits(prepared) }
    change.tellDown(prepared.visits)
    let idle = change.idle(prepared.visits, besides: prepared.work)
    let drift = try await drift(of: idle)
    try await confirmClaims(prepared)
    if let visit = prepared.work.first?.visit {
      let manifest = try await prepared.cargo.manifest(using: visit.state.algorithm)
      for note in project.settings.dangerNotes(in: manifest) { context.console.warn(Text(note)) }
    }
    let results = await fleet.carryOut(
      prepared.work, release: { $0.flipTarget ?? prepared.release.text }, cargo: prepared.cargo,
      compression: prepared.compression,
      replan: { visit in
        // Who was faster may have been so in the same second.
        let taken = ReleaseName.taken(on: [visit])
        let release =
          taken.contains(prepared.release.text) ? ReleaseName.next(taken: taken) : prepared.release
        return try await plan(for: visit, prepared.cargo, release, prepared.compression)
      })
    await change.leave(prepared.visits)
    await rememberShipped(prepared)
    if invocation[PushOptions.timings] { change.printTimings() }
    try change.conclude(
      idle.map(HostResult.init(idle:)) + results, leftOut: prepared.leftOut, verb: "push",
      began: began, drift: drift)
  }

  /// What somebody changed on hosts where there is nothing to do: the content is live as it was shipped,
  /// and perhaps not as it is. What hooks or the application added is no reason to ship it again.
  private func drift(of visits: [Visit]) async throws -> [String: [Difference]] {
    var found: [String: [Difference]] = [:]
    for visit in visits {
      let began = ContinuousClock.now
      found[visit.host.name] = try await Status.drift(of: visit)?.filter { $0.change != .added }
      narrator.measured(Phase("drift", from: began), host: visit.host.name)
    }
    return found
  }

  struct Prepared {
    let visits: [Visit]
    let leftOut: [Failure]
    let cargo: Cargo
    let release: ReleaseID
    let compression: Compression
    let work: [(visit: Visit, plan: Plan)]
  }

  /// Reads the source and looks at the hosts at the same time; then plans.
  func prepare() async throws -> Prepared {
    async let visiting = fleet.visit()
    let cargo: Cargo
    do {
      let project = project
      let context = context
      let began = ContinuousClock.now
      let tree = try await onThread { try project.tree(context) }
      narrator.measured(Phase("source", from: began))
      cargo = Cargo(
        tree: tree,
        remembering: HashCache(directory: Project.cacheDirectory(context.environment) + "/hashes")
      ) { [narrator] in narrator.measured($0) }
      await cargo.foresee(.blake2b256)
    } catch {
      let visits = await visiting.compactMap { try? $0.get() }
      await change.leave(visits)
      throw Self.unprepared(error, visits)
    }
    do {
      let reached = try await change.reached(await visiting)
      let visits = reached.visits
      let naming = try await naming(for: visits, cargo)
      let release = naming.release
      let compression = Compression.best(for: visits)
      let work = try await change.plans(visits) {
        try await plan(for: $0, cargo, release, compression, insisting: naming.isForAll)
      }
      return Prepared(
        visits: visits, leftOut: reached.leftOut, cargo: cargo, release: release,
        compression: compression, work: work)
    } catch {
      cargo.tree.remove()
      throw error
    }
  }

  /// The hosts were asked while the source was read, so what is live is known.
  private static func unprepared(_ error: any Error, _ visits: [Visit]) -> any Error {
    guard let error = error as? ShippingError, !visits.isEmpty else { return error }
    let live = visits.map { "\($0.state.liveText) on \($0.host.name)" }.joined(separator: ", ")
    return Failure(
      exitCode: error.exitCode, what: error.description,
      live: "\(live), unchanged; nothing was sent", next: error.next)
  }

  /// Nil when the host shows this content already and nobody insists.
  private func plan(
    for visit: Visit, _ cargo: Cargo, _ release: ReleaseID, _ compression: Compression,
    insisting: Bool = false
  ) async throws -> Plan? {
    guard !isSuperseded(on: visit, cargo) else { return nil }
    let manifest = try await cargo.manifest(using: visit.state.algorithm)
    let inventory = Inventory(manifest)
    let origin = cargo.tree.origin
    var planner = PushPlanner(
      settings: project.settings, host: visit.host, state: visit.state, release: release,
      requester: .current(context.environment),
      shipment: PushPlanner.Shipment(
        tree: manifest.digest, algorithm: manifest.algorithm, compression: compression,
        entryCount: manifest.entries.count, byteCount: Int(inventory.bytes),
        commit: origin.commit, branch: origin.branch, subject: origin.subject,
        example: try cargo.tree.contents(of: project.settings.env.example).map(
          EnvContract.Example.init(bytes:))),
      skeleton: try project.skeleton(context.environment),
      claims: try await claims(on: visit, manifest),
      waitSeconds: Int(invocation[PushOptions.wait].components.seconds),
      isOneOfSeveral: project.settings.hosts.count > 1)
    let insists = insisting || invocation[PushOptions.force]
    if planner.isLiveAlready, !insists { return nil }
    planner.shipment.saving = try await saving(on: visit, cargo, manifest)
    var plan = try planner.plan()
    plan.notes += project.settings.dangerNotes(in: manifest)
    return plan
  }
}

enum PushOptions {
  static let force = Option<Bool>("force", "push even when this content is live already")
  static let whole = Option<Bool>(
    "whole", "send every file, also those that the live release has")
  static let dryRun = Option<Bool>("dry-run", "show the plan and change nothing")
  static let wait = Option<Duration>(
    "wait", value: "TIME", default: .zero, "wait so long for another session's lock, such as 10m")
  static let superseded = Option<Superseded>(
    "superseded", value: "DO", default: .push,
    "when a newer commit is live: `push` all the same, or `skip`")
  static let keep = Option<Bool>(
    "keep", "when one host fails after the flip, those that work stay on the new release")
  static let up = Option<Bool>("up", "then bring hosts up that are down for maintenance")
  static let oldCode = Option<Bool>(
    "old-code", "what an adopted release has beyond this one is old code: leave it there")
  static let allow = Option<[String]>(
    "allow", value: "KEY", "let this key be missing or set as `env.debug` forbids; may be repeated")
  static let timings = Option<Bool>("timings", "show where the time went, part by part")
}
