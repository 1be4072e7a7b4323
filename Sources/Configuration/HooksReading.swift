import Planning

extension SettingsReading {
  func hooks(_ node: Node?) -> Settings.Hooks {
    var hooks = Settings.Hooks()
    hooks.afterUpload = list(node?["after_upload"])
    hooks.beforeFlip = list(node?["before_flip"])
    hooks.afterFlip = list(node?["after_flip"])
    hooks.afterRollback = list(node?["after_rollback"])
    hooks.onFailure = list(node?["on_failure"])
    return hooks
  }

  func maintenance(_ node: Node?) -> Settings.Maintenance {
    var maintenance = Settings.Maintenance()
    maintenance.down = list(node?["down"])
    maintenance.up = list(node?["up"])
    return maintenance
  }

  private func list(_ node: Node?) -> [Settings.Hook] { (node?.elements ?? []).compactMap(hook) }

  private func hook(_ node: Node) -> Settings.Hook? {
    let script = node["script"]?.string
    guard let run = node.string ?? node["run"]?.string ?? script else { return nil }
    var hook = Settings.Hook(run: run)
    hook.script = script.map { Settings.Hook.Script(path: folder.resolve($0)) }
    hook.timeout = node["timeout"]?.integer ?? hook.timeout
    hook.hosts = audience(node["on"])
    hook.once = node["once"]?.string.flatMap(Settings.Hook.Once.init)
    hook.isRequired = node["required"]?.flag ?? true
    hook.migrates = node["migrates"]?.flag ?? false
    hook.env = texts(node["env"])
    hook.directory = node["cwd"]?.string
    hook.user = node["as"]?.string
    return hook
  }

  /// Keys of systemd's that another kind would ignore.
  func checkServices(_ node: Node) throws(ConfigurationError) {
    for service in node["services"]?.elements ?? [] where service["systemd"] == nil {
      for key in ["user", "action"] {
        guard let value = service[key] else { continue }
        throw .wrongValue(
          value.location, key: "services.\(key)", found: "it beside another kind of service",
          expected: "it with `systemd` alone")
      }
    }
  }

  func service(_ node: Node) -> Service? {
    for kind in Service.Kind.allCases {
      guard let target = node[kind.rawValue]?.string else { continue }
      var service = Service(kind, target)
      service.action = node["action"]?.string
      service.isUsers = node["user"]?.flag ?? false
      service.hosts = audience(node["on"])
      service.isRequired = node["required"]?.flag ?? true
      service.timeout = node["timeout"]?.integer ?? service.timeout
      return service
    }
    return nil
  }

  private func audience(_ node: Node?) -> Settings.Hook.Audience {
    guard let node else { return .all }
    return node.string == nil ? .roles(strings(node) ?? []) : .first
  }

  private func texts(_ node: Node?) -> [String: String] {
    var texts: [String: String] = [:]
    for member in node?.members ?? [] { texts[member.name] = member.node.string }
    return texts
  }
}
