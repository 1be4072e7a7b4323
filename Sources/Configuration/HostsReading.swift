import Planning

/// Hosts are a layer of their own: each lies over its stage and under the flags.
extension SettingsReading {
  func hosts(
    _ node: Node, flags: Node, stage: String
  ) throws(ConfigurationError) -> [Settings.Host] {
    let inherited = Schema.keys(in: .host).filter { $0.places.contains(.stage) }.map(\.name)
    guard let list = node["hosts"], !list.elements.isEmpty else {
      throw .missingKey(
        node["hosts"]?.location ?? Location(file: file), key: "hosts",
        reason: "stage '\(stage)' has no host to deploy to")
    }
    var hosts: [Settings.Host] = []
    for (index, element) in list.elements.enumerated() {
      let long = element.string == nil ? element : nil
      let merged = Layers.merge([node.only(inherited), long, flags.only(inherited)])
      let host = try host(element, merged, key: "hosts[\(index)]")
      guard !hosts.contains(where: { isSame($0, host) }) else {
        throw .repeatedHost(element.location, key: "hosts[\(index)]", name: host.name)
      }
      hosts.append(host)
    }
    return hosts
  }

  private func host(
    _ element: Node, _ merged: Node, key: String
  ) throws(ConfigurationError) -> Settings.Host {
    var host = Settings.Host()
    let address = element.string.flatMap(HostAddress.init)
    host.user = address?.user ?? merged["user"]?.string
    host.port = address?.port ?? merged["port"]?.integer
    host.roles = strings(merged["roles"]) ?? []
    host.transport = merged["transport"]?.string.flatMap(Settings.Transport.init) ?? .libssh2
    host.hostKey = merged["host_key"]?.string
    host.ssh = ssh(merged["ssh"])

    let local = host.transport == .local ? "localhost" : nil
    guard let name = address?.name ?? merged["host"]?.string ?? local else {
      throw .missingKey(
        element.location, key: "\(key).host", reason: "only transport \"local\" needs no name")
    }
    host.name = name
    guard let path = merged["path"]?.string else {
      throw .missingKey(
        element.location, key: "\(key).path",
        reason: "set 'path' for the stage or for host '\(name)'")
    }
    host.path = String(path[...].droppingSlash)
    return host
  }

  private func ssh(_ node: Node?) -> Settings.SSH {
    var ssh = Settings.SSH()
    // The variable is for a shell in which somebody tries something, so it starts where that is.
    ssh.config =
      environment["DEPLOY_SSH_CONFIG"].map { Folder(of: "here", home: nil).resolve($0) }
      ?? node?["config"]?.string.map(folder.resolve)
    ssh.identity = node?["identity"]?.string.map(folder.resolve)
    ssh.knownHosts = node?["known_hosts"]?.string.map(folder.resolve)
    return ssh
  }

  /// Two servers behind one address have ports of their own, and two applications have paths.
  private func isSame(_ one: Settings.Host, _ other: Settings.Host) -> Bool {
    one.name == other.name && one.port == other.port && one.path == other.path
  }
}
