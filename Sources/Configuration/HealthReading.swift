import Operations
import Planning

extension SettingsReading {
  /// One, or a list of them.
  func several(_ node: Node?) -> [Node] {
    guard let node else { return [] }
    if case .array(let nodes) = node.value { return nodes }
    return [node]
  }

  /// A check that asks for nothing would hold of every release.
  func checkHealth(_ node: Node) throws(ConfigurationError) {
    for check in several(node["health"]) {
      let seesRelease = check["sees_release"]?.value == .bool(true)
      if check["url"] == nil, seesRelease || check["command"] == nil {
        throw .missingKey(
          check.location, key: "health.url",
          reason: seesRelease
            ? "`sees_release` needs to know which server to ask"
            : "a health check asks for a url, or runs a `command`")
      }
      if seesRelease, node["public"]?["root"] == nil {
        throw .missingKey(
          check.location, key: "public.root",
          reason: "`sees_release` needs to know what the web server shows")
      }
    }
  }

  func healthCheck(_ node: Node) -> HealthCheck {
    var check = HealthCheck()
    check.url = node["url"]?.string.flatMap { WebAddress($0) }
    check.host = node["host"]?.string
    check.socket = node["socket"]?.string
    let expect = several(node["expect"]).compactMap { $0.integer.map { "\($0)" } ?? $0.string }
    if !expect.isEmpty { check.expect = expect }
    check.body = node["body"]?.string
    check.header = node["header"]?.string
    check.timeout = node["timeout"]?.integer ?? check.timeout
    check.within = node["within"]?.integer ?? check.within
    check.interval = node["interval"]?.integer ?? check.interval
    check.passes = node["passes"]?.integer ?? check.passes
    check.follow = node["follow"]?.integer ?? check.follow
    check.command = node["command"]?.string
    check.seesRelease = node["sees_release"]?.value == .bool(true)
    return check
  }

  func boot(_ node: Node) -> Settings.Boot? {
    guard let run = node["run"]?.string else { return nil }
    var check = healthCheck(node)
    check.url = WebAddress(path: node["path"]?.string ?? "/")
    return Settings.Boot(run: run, check, roles: strings(node["on"]) ?? [])
  }
}
