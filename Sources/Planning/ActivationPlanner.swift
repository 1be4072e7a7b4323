import Operations

/// The one way to make a release live, for push and rollback alike: link with today's
/// settings, hooks, flip, record. A rollback that skipped any of it would serve old code by new rules.
struct ActivationPlanner {
  let settings: Settings
  let host: Settings.Host
  let state: HostState
  let release: ReleaseID
  let direction: Direction
  /// Whether other hosts of the stage flip together with this one.
  let isOneOfSeveral: Bool

  enum Direction { case push, rollback }

  /// Without a release, in the one that is staged.
  func links(in release: ReleaseID?) -> [Operation] {
    settings.shared.directories.map { .link($0, .directory, in: release) }
      + settings.optionalDirectories.map { .linkWhereWanted($0, in: release) }
      + settings.shared.files.map { .link($0, .file, in: release) }
      + docroot { [.bind(release, $0)] }
  }

  /// What appeared in the release that is left, moved to where the next one sees it too.
  var harvest: [Operation] {
    guard let live = state.live else { return [] }
    return docroot { [.harvest(live.id, $0)] }
  }

  /// Before anybody but hooks can have put anything there.
  var census: [Operation] { docroot { [.census(release, $0)] } }

  /// Requests that began before the flip have written to the old release until now.
  var harvestAgain: [Operation] {
    harvest + (state.live == nil ? [] : docroot { [.bind(release, $0)] })
  }

  var overlap: [Operation] {
    let earlier = state.releases.filter { $0.state == .standing || $0.state == .live }
      .suffix(settings.docroot.overlap).map(\.id)
    guard !earlier.isEmpty, !settings.docroot.build.isEmpty else { return [] }
    return docroot {
      [.overlap($0, build: settings.docroot.buildExpression, from: earlier.reversed())]
    }
  }

  private func docroot(_ operations: (DocrootPlace) -> [Operation]) -> [Operation] {
    settings.docroot.place.map(operations) ?? []
  }

  /// Hooks such as migrations and caches: of a release that is new, not of one that was live before.
  var beforeFlip: [Operation] { calls(settings.hooks.afterUpload + settings.hooks.beforeFlip) }

  /// Directly after the entry, so that nothing fails without them.
  var onFailure: [Operation] {
    settings.hooks.onFailure.filter { $0.applies(to: host, of: settings) }
      .map { .onFailure(call($0)) }
  }

  private var services: [Service] {
    settings.services.filter { $0.applies(to: host, of: settings) }
  }

  var notes: [String] { services.compactMap(\.caveat) + downNotes }

  private var afterFlip: [Operation] {
    switch direction {
    case .push: calls(settings.hooks.afterFlip)
    case .rollback:
      calls(settings.hooks.afterFlip.filter { !$0.migrates } + settings.hooks.afterRollback)
    }
  }

  /// As the hooks: of a release that is new.
  var boot: [Operation] {
    settings.boot.filter { isMeant($0.roles) }.map { .boot($0.run, $0.check, of: release) }
  }

  /// The last thing before hosts wait for each other: it is there until the release has been probed.
  var witness: [Operation] {
    guard let root = settings.docroot.root, checks.contains(where: \.seesRelease) else { return [] }
    return [.witness(release, root: root)]
  }

  private var probes: [Operation] {
    checks.map { .probe($0, of: release, logs: settings.logs) }
  }

  private var checks: [HealthCheck] {
    settings.health.filter { isMeant($0.roles) }.map(\.check)
  }

  private func isMeant(_ roles: [String]) -> Bool {
    roles.isEmpty || roles.contains { host.roles.contains($0) }
  }

  /// The last thing: the client does not wait for it.
  var standby: [Operation] { settings.transfer.standsBy ? [.standby(release)] : [] }

  var barrier: [Operation] { isOneOfSeveral ? [.barrier] : [] }

  func activate(more: String) -> Plan.Phase {
    let from = state.liveName ?? ""
    return Plan.Phase(
      .activate,
      [.flip(to: release, expected: state.current.target)]
        + services.map(\.operation) + afterFlip
        + probes
        + (isOneOfSeveral ? [.confirm] : [])
        + [.record(release, from: from, more: more)])
  }

  func calls(
    _ hooks: [Settings.Hook], with more: [(name: String, value: String)] = []
  ) -> [Operation] {
    hooks.filter { hook in
      hook.applies(to: host, of: settings)
        && !hook.isDone(state.ledger + state.ranElsewhere, for: release.text)
    }.map { .hook(call($0, with: more)) }
  }

  /// What ran once, here or on another host: by the time at which this is carried out, all hosts work.
  var memories: [Operation] {
    (settings.hooks.afterUpload + settings.hooks.beforeFlip + settings.hooks.afterFlip).filter {
      $0.runsElsewhere(than: host, of: settings)
        && !$0.isDone(state.ledger, for: release.text)
    }.map { .ranElsewhere($0.members, in: release) }
  }

  private func call(
    _ hook: Settings.Hook, with more: [(name: String, value: String)] = []
  ) -> HookCall {
    var call = HookCall(hook.run, limit: hook.timeout, in: release)
    call.script = hook.script?.text
    call.directory = hook.directory ?? "."
    call.user = hook.user
    call.isRequired = hook.isRequired
    call.members = hook.members
    call.variables = [
      ("DEPLOY_STAGE", settings.stage), ("DEPLOY_HOST", host.name),
      ("DEPLOY_PREVIOUS", state.liveName ?? ""),
    ]
    call.variables += more
    call.variables += hook.env.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return call
  }
}
