/// The host to reach, as the configuration names it. What is nil comes from the user's ssh_config.
public struct SSHTarget: Sendable, Equatable {
  public var host: String
  public var user: String?
  public var port: Int?
  /// A fingerprint, `SHA256:...`, that stands above every known_hosts file.
  public var hostKey: String?
  /// An ssh_config file instead of the user's.
  public var config: String?
  /// The one key to offer, in place of what ssh_config and the agent hold.
  public var identity: String?
  /// The one known_hosts file to look in and to record in.
  public var knownHosts: String?

  public init(
    host: String, user: String? = nil, port: Int? = nil, hostKey: String? = nil,
    config: String? = nil, identity: String? = nil, knownHosts: String? = nil
  ) {
    self.host = host
    self.user = user
    self.port = port
    self.hostKey = hostKey
    self.config = config
    self.identity = identity
    self.knownHosts = knownHosts
  }
}

/// The person at the terminal, if there is one. Without closures nothing is ever asked: an unknown
/// host is refused and an encrypted key is an error.
public struct Interaction: Sendable {
  /// Asks for a secret. nil when the person gives up.
  public var prompt: (@Sendable (String) async -> String?)?
  /// Shows an unknown host's fingerprint and says whether it is trusted.
  public var trust: (@Sendable (HostKeyQuestion) async -> Bool)?

  public init(
    prompt: (@Sendable (String) async -> String?)? = nil,
    trust: (@Sendable (HostKeyQuestion) async -> Bool)? = nil
  ) {
    self.prompt = prompt
    self.trust = trust
  }

  public static let none = Interaction()
}

/// A host that no known_hosts file holds.
public struct HostKeyQuestion: Sendable, Equatable {
  /// The name under which it would be recorded: `web1` or `[web1]:2222`.
  public let name: String
  public let key: HostKey

  public init(name: String, key: HostKey) {
    self.name = name
    self.key = key
  }

  public var fingerprint: String { key.fingerprint }
}

/// A host's key, met without logging in.
public struct PresentedHostKey: Sendable, Equatable {
  public let question: HostKeyQuestion
  /// What the files say of it now.
  public let verdict: KnownHosts.Verdict
  /// Where ``KnownHosts/record(_:in:hashed:)`` would put it, and how.
  public let file: String?
  public let isHashed: Bool
}
