import Planning

/// Turns merged and checked nodes into settings.
struct SettingsReading {
  let file: String
  let folder: Folder
  let environment: [String: String]

  func read(_ node: Node, into settings: inout Settings) {
    settings.build = strings(node["build"]) ?? settings.build
    settings.exclude = strings(node["exclude"]) ?? settings.exclude
    settings.logs = strings(node["logs"]) ?? settings.logs
    settings.keep = node["keep"]?.integer ?? settings.keep
    settings.shared.directories = strings(node["shared"]?["directories"]) ?? []
    settings.shared.files = strings(node["shared"]?["files"]) ?? []
    settings.env = env(node["env"])
    settings.rollout = rollout(node["rollout"])
    settings.transfer.standsBy = node["transfer"]?["standby"]?.flag ?? settings.transfer.standsBy
    settings.docroot = docroot(node["public"])
    settings.caches = strings(node["caches"]) ?? []
    settings.dangers = dangers(node["dangers"])
    settings.hooks = hooks(node["hooks"])
    settings.notify = (node["notify"]?.elements ?? []).compactMap(notification)
    settings.maintenance = maintenance(node["maintenance"])
    settings.services = (node["services"]?.elements ?? []).compactMap(service)
    settings.health = several(node["health"]).map {
      Settings.Health(healthCheck($0), roles: strings($0["on"]) ?? [])
    }
    settings.boot = several(node["boot"]).compactMap(boot)
    settings.container = container(node["container"], root: settings.docroot.root)
  }

  /// Without a word about it, the commit if there is one, because what is committed is what a
  /// colleague can reproduce.
  func source(_ node: Node?) -> Settings.Source {
    if let directory = node?["directory"]?.string { return .directory(folder.resolve(directory)) }
    if let artifact = node?["artifact"]?.string { return .artifact(folder.resolve(artifact)) }
    if let ref = node?["git"]?.string {
      let repository = node?["repository"]?.string ?? "."
      return .git(ref: ref, repository: folder.resolve(repository))
    }
    return Folder.isInGitWorkTree(folder.path)
      ? .git(ref: "HEAD", repository: folder.path) : .directory(folder.path)
  }

  /// Where the project's files are.
  func project(of source: Settings.Source) -> String {
    switch source {
    case .git(_, let repository): repository
    case .directory(let directory): directory
    case .artifact: folder.path
    }
  }

  func app(_ node: Node?, project: String) throws(ConfigurationError) -> String {
    if let name = node?.string { return name }
    let name = Folder.name(of: project)
    guard Grammar.name.matches(name) else {
      throw .missingKey(
        Location(file: file), key: "app",
        reason: "the folder's name \"\(name)\" cannot stand in for it, expected "
          + Grammar.name.expectation)
    }
    return name
  }

  func strings(_ node: Node?) -> [String]? { node?.elements.compactMap(\.string) }

  private func env(_ node: Node?) -> Settings.Env {
    var env = Settings.Env()
    env.file = node?["file"]?.string ?? env.file
    env.example = node?["example"]?.string ?? env.example
    env.allow = strings(node?["allow"]) ?? []
    env.debug = (strings(node?["debug"]) ?? []).map(Settings.Env.Rule.init)
    return env
  }

  private func rollout(_ node: Node?) -> Settings.Rollout {
    var rollout = Settings.Rollout()
    rollout.serial = node?["serial"]?.integer ?? rollout.serial
    rollout.canary = node?["canary"]?.integer ?? rollout.canary
    rollout.pause = node?["pause"]?.integer ?? rollout.pause
    rollout.keepsOthers = node?["on_failure"]?.string == "keep"
    rollout.skipsUnreachable = node?["unreachable"]?.string == "skip"
    return rollout
  }

  private func docroot(_ node: Node?) -> Settings.Docroot {
    var docroot = Settings.Docroot()
    docroot.root = node?["root"]?.string
    docroot.persistent = strings(node?["persistent"]) ?? []
    docroot.build = strings(node?["build"]) ?? []
    docroot.regenerable = strings(node?["regenerable"]) ?? []
    docroot.overlap = node?["overlap"]?.integer ?? docroot.overlap
    return docroot
  }

  private func dangers(_ node: Node?) -> [Settings.Danger] {
    (node?.elements ?? []).compactMap { element in
      guard let files = strings(element["files"]), let say = element["say"]?.string
      else { return nil }
      return Settings.Danger(files: files, say: say, next: element["next"]?.string)
    }
  }
}
