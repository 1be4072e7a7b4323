import Operations

/// The one way to make a release live, for push and rollback alike: link with today's
/// settings, hooks, flip, record. A rollback that skipped any of it would serve old code by new rules.
struct ActivationPlanner {
  let settings: Settings
  let state: HostState
  let release: ReleaseID
  /// Whether other hosts of the stage flip together with this one.
  let isOneOfSeveral: Bool

  func links(in release: ReleaseID?) -> [Operation] {
    settings.shared.directories.map { .link($0, .directory, in: release) }
      + settings.shared.files.map { .link($0, .file, in: release) }
  }

  /// Hooks such as migrations and caches: of a release that is new, not of one that was live before.
  var beforeFlip: [Operation] { settings.hooks.beforeFlip.map(hook) }

  var barrier: [Operation] { isOneOfSeveral ? [.barrier] : [] }

  func activate(more: String) -> Plan.Phase {
    let from = state.liveName ?? ""
    return Plan.Phase(
      .activate,
      [.flip(to: release, expected: state.current.target)]
        + settings.hooks.afterFlip.map(hook)
        + [.record(release, from: from, more: more)])
  }

  private func hook(_ hook: Settings.Hook) -> Operation {
    .hook(hook.run, limit: hook.timeout, in: release)
  }
}
