public import Planning
public import Remote

/// How a command ended badly, in the four things a person needs: what failed, what is live
/// now, what was kept, what to do next.
public struct Failure: Error, Sendable, Equatable {
  public var exitCode: Int32
  public var host: String?
  /// `flip`, `upload`: the phase or operation at which it happened.
  public var phase: String?
  public var what: String
  public var live: String
  public var kept: String?
  public var next: String
  /// The last lines that a hook or a tool printed.
  public var lines: [String]

  public init(
    exitCode: Int32, host: String? = nil, phase: String? = nil, what: String, live: String,
    kept: String? = nil, next: String, lines: [String] = []
  ) {
    self.exitCode = exitCode
    self.host = host
    self.phase = phase
    self.what = what
    self.live = live
    self.kept = kept
    self.next = next
    self.lines = lines
  }
}

extension Failure {
  public init(_ error: PlanningError, host: String, state: HostState) {
    self.init(
      exitCode: error.exitCode, host: host, phase: "plan", what: error.description,
      live: "\(state.liveText), unchanged", next: error.next)
  }

  /// A host that was never reached: nothing can have changed there.
  public init(_ error: RemoteError, host: Settings.Host, phase: String) {
    self.init(
      exitCode: error.exitCode, host: host.name, phase: phase, what: error.words,
      live: "unchanged; nothing was sent", next: error.next(host: host))
  }
}

extension Settings.Host {
  /// What a person types to get there by hand.
  var sshCommand: String {
    let login = user.map { "\($0)@" } ?? ""
    return "ssh \(port.map { "-p \($0) " } ?? "")\(login)\(name)"
  }
}

extension RemoteError {
  public var exitCode: Int32 {
    switch self {
    case .unreachable, .hostKeyRefused, .notAuthenticated, .lost, .timedOut, .closed: 10
    case .local: 2
    }
  }

  public var words: String {
    switch self {
    case .unreachable(let host, let why): "cannot connect to \(host): \(why)"
    case .hostKeyRefused(_, let why, let fingerprint):
      fingerprint.map { "\(why) (it shows \($0))" } ?? why
    case .notAuthenticated(let host, let user, let tried):
      tried.isEmpty
        ? "\(host) accepts no key for '\(user)': none was offered"
        : "\(host) accepts no key for '\(user)'; tried \(tried.joined(separator: ", "))"
    case .lost(let why): "lost contact: \(why)"
    case .timedOut(let what): "timed out: \(what)"
    case .closed: "the connection is closed"
    case .local(let why): why
    }
  }

  public func next(host: Settings.Host) -> String {
    switch self {
    case .unreachable: "check that `\(host.sshCommand)` works from here, then run it again"
    case .hostKeyRefused:
      "compare the fingerprint with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub "
        + "there), then `deploy trust`"
    case .notAuthenticated:
      "add your public key to ~/.ssh/authorized_keys on the host, or name the right one under "
        + "`ssh.identity`"
    case .lost, .timedOut, .closed: "run it again; `deploy status` shows what is live"
    case .local: "correct it, then run it again"
    }
  }
}
