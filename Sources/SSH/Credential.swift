internal import Remote

/// Something to log in with.
enum Credential: Sendable {
  case agent(KeyAgent, KeyAgent.Identity)
  case key(KeyFile)
  /// Cannot be offered; the words say which key and why.
  case unusable(String)

  var words: String {
    switch self {
    case .agent(_, let identity):
      "agent key '\(identity.comment)' (\(HostKey(blob: identity.blob).kind))"
    case .key(let key):
      key.publicBlob.map { "\(key.name) (\(HostKey(blob: $0).kind))" } ?? key.name
    case .unusable(let why): why
    }
  }

  /// What there is to offer, in OpenSSH's order: the configured keys that an agent holds, the agent's
  /// other keys, the key files. A key that was named for this tool comes before all of them.
  static func gather(
    _ config: ClientConfig, explicit: String?, environment: [String: String], before limit: Moment
  ) throws(RemoteError) -> [Credential] {
    var files: [KeyFile] = []
    var unusable: [Credential] = []
    for path in config.identities {
      do throws(KeyFile.Problem) {
        files.append(try KeyFile(path: path))
      } catch {
        let words = error.words(path)
        if explicit != nil, path == config.identities.first {
          throw .local("\(words) (`ssh.identity` in deploy.json)")
        }
        if error != .missing { unusable.append(.unusable(words)) }
      }
    }
    let given = try given(environment)
    let (agent, identities) = listed(config, before: limit)
    let named = files.compactMap { file in identities.first { $0.blob == file.publicBlob } }
    let others = config.identitiesOnly ? [] : identities.filter { !named.contains($0) }
    let held = (named + others).compactMap { identity in
      agent.map { Credential.agent($0, identity) }
    }
    let unheld = files.filter { file in
      !file.isPublicOnly && !identities.contains { $0.blob == file.publicBlob }
    }
    let own = unheld.map(Credential.key)
    return explicit == nil ? given + held + own + unusable : held + own + given + unusable
  }

  /// `DEPLOY_SSH_KEY` holds the key itself. It stays in memory.
  private static func given(_ environment: [String: String]) throws(RemoteError) -> [Credential] {
    guard let text = environment["DEPLOY_SSH_KEY"], !text.isEmpty else { return [] }
    do throws(KeyFile.Problem) {
      return [.key(try KeyFile(name: "DEPLOY_SSH_KEY", text: Array(text.utf8)))]
    } catch {
      throw .local(error.words("DEPLOY_SSH_KEY"))
    }
  }

  /// An agent that does not answer is as good as none, as it is for ssh.
  private static func listed(_ config: ClientConfig, before limit: Moment)
    -> (KeyAgent?, [KeyAgent.Identity])
  {
    guard let path = config.agent else { return (nil, []) }
    let agent = KeyAgent(path: path)
    let identities = (try? agent.identities(before: limit)) ?? []
    return (agent, identities.filter(\.isUsable))
  }
}

extension KeyFile.Problem {
  func words(_ name: String) -> String {
    switch self {
    case .missing: "there is no key '\(name)'"
    case .unreadable(let why): "the key '\(name)' cannot be read: \(why)"
    case .tooOpen(let mode):
      "the key '\(name)' can be read by others (mode \(String(mode, radix: 8))): "
        + "run `chmod 600 \(name)`"
    case .notAKey: "'\(name)' does not hold a private key"
    }
  }
}
