internal import Processes
internal import Remote

/// What the user's own ssh would do for a host, as `ssh -G` says, with `~` and `%` expanded, which it
/// leaves to us.
struct ClientConfig: Sendable, Equatable {
  enum Proxy: Sendable, Equatable {
    case none
    case command(String)
    case jumps([String])
  }

  /// Whether a person may be asked about an unknown host. `no` and `accept-new` are read as `ask`:
  /// this tool never trusts a host that nobody has looked at.
  enum Strictness: Sendable, Equatable {
    case refuse, ask
  }

  var hostName: String
  var user: String
  var port = 22
  var identities: [String] = []
  var identitiesOnly = false
  /// nil when no agent is to be asked.
  var agent: String?
  var userKnownHosts: [String] = []
  var globalKnownHosts: [String] = []
  var hostKeyAlias: String?
  var strictness = Strictness.ask
  var hashKnownHosts = false
  var connectTimeout: Duration?
  var proxy = Proxy.none

  var knownHosts: [String] { userKnownHosts + globalKnownHosts }

  /// Asks `ssh -G`; without an ssh on this machine, its defaults. Blocks for about 10 ms.
  static func resolve(_ target: SSHTarget, environment: [String: String])
    throws(RemoteError) -> ClientConfig
  {
    var words = ["ssh", "-G"]
    if let config = target.config { words += ["-F", Local.expandHome(config)] }
    if let user = target.user { words += ["-l", user] }
    if let port = target.port { words += ["-p", String(port)] }
    words += ["--", target.host]
    let text: String
    do {
      let result = try Command(words, environment: environment).run()
      guard result.status == 0 else {
        let reason = result.errorText.split(whereSeparator: \.isNewline).joined(separator: "; ")
        throw RemoteError.local("ssh -G refuses '\(target.host)': \(reason)")
      }
      text = result.text
    } catch let error as RemoteError {
      throw error
    } catch {
      text = defaults(target)
    }
    return ClientConfig(text, target: target, environment: environment)
  }

  /// `text` is what `ssh -G` prints: a keyword and its value on each line.
  init(_ text: String, target: SSHTarget, environment: [String: String]) {
    var values: [String: [String]] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      guard let blank = line.firstIndex(of: " ") else { continue }
      let value = String(line[line.index(after: blank)...])
      values[line[..<blank].lowercased(), default: []].append(value)
    }
    func value(_ key: String) -> String? {
      values[key]?.first.flatMap { $0.lowercased() == "none" ? nil : $0 }
    }
    hostName = value("hostname") ?? target.host
    user = target.user ?? value("user") ?? Local.user
    port = target.port ?? value("port").flatMap { Int($0) } ?? 22
    hostKeyAlias = value("hostkeyalias")

    let tokens = Tokens(
      host: target.host, hostName: hostName, port: port, user: user,
      knownAs: hostKeyAlias ?? target.host, jump: value("proxyjump") ?? "")
    func paths(_ key: String) -> [String] {
      (values[key] ?? []).filter { $0 != "none" }.map { Local.expandHome(tokens.expand($0)) }
    }
    identities = target.identity.map { [Local.expandHome($0)] } ?? paths("identityfile")
    identitiesOnly = target.identity != nil || value("identitiesonly") == "yes"
    agent = Self.agent(values["identityagent"]?.first, tokens, environment)
    if let file = target.knownHosts {
      userKnownHosts = [Local.expandHome(file)]
    } else {
      userKnownHosts = paths("userknownhostsfile").flatMap(Self.words)
      globalKnownHosts = paths("globalknownhostsfile").flatMap(Self.words)
    }
    strictness = ["true", "yes"].contains(value("stricthostkeychecking")) ? .refuse : .ask
    hashKnownHosts = value("hashknownhosts") == "yes"
    connectTimeout = value("connecttimeout").flatMap { Int($0) }.map { .seconds($0) }
    if let jumps = value("proxyjump") {
      proxy = .jumps(jumps.split(separator: ",").map(String.init))
    } else if let command = value("proxycommand") {
      proxy = .command(tokens.expand(command))
    }
  }

  /// `none`, a variable's name, or a path; by default the variable SSH_AUTH_SOCK.
  private static func agent(_ value: String?, _ tokens: Tokens, _ environment: [String: String])
    -> String?
  {
    switch value {
    case "none"?: return nil
    case nil, "SSH_AUTH_SOCK"?: return environment["SSH_AUTH_SOCK"]
    case let name? where name.hasPrefix("$"): return environment[String(name.dropFirst())]
    case let path?: return Local.expandHome(tokens.expand(path))
    }
  }

  private static func words(_ line: String) -> [String] {
    line.split(separator: " ").map { Local.expandHome(String($0)) }
  }

  private static func defaults(_ target: SSHTarget) -> String {
    let keys = ["id_ed25519", "id_ecdsa", "id_rsa"].map { "identityfile ~/.ssh/\($0)" }
    return
      (["hostname \(target.host)", "userknownhostsfile ~/.ssh/known_hosts"]
      + ["globalknownhostsfile /etc/ssh/ssh_known_hosts"] + keys).joined(separator: "\n")
  }
}
