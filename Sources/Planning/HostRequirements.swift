/// What every change needs of a host before it begins.
struct HostRequirements {
  let host: Settings.Host
  let state: HostState

  func check() throws(PlanningError) {
    switch state.current {
    case .directory: throw .currentIsDirectory(root: host.path)
    case .other: throw .currentIsFile(root: host.path)
    case .missing, .link: break
    }
    try checkAccess()
  }

  /// Without a look at `current`.
  func checkAccess() throws(PlanningError) {
    guard state.isWritable else {
      throw .notWritable(
        root: host.path, path: state.nearest, owner: state.nearestOwner,
        mode: state.nearestMode, user: state.user)
    }
    for (tool, effect) in Self.tools where !state.tools.contains(tool) {
      throw .missingTool(name: tool, effect: effect)
    }
  }

  private static let tools = [
    ("tar", "releases cannot be unpacked"), ("sha256sum", "nothing can be verified"),
    ("stat", "modes cannot be verified"), ("find", "releases cannot be verified"),
    ("sort", "releases cannot be verified"), ("xargs", "releases cannot be verified"),
  ]
}
