extension Settings {
  /// Commands of the project, by the moment at which they run on a host.
  public struct Hooks: Sendable, Equatable {
    /// In the release's final place, with shared data linked: what makes it complete.
    public var afterUpload: [Hook] = []
    public var beforeFlip: [Hook] = []
    /// At a push and at a rollback: workers must learn of both.
    public var afterFlip: [Hook] = []
    /// At a rollback only, after those of `afterFlip`.
    public var afterRollback: [Hook] = []
    /// When the agent went back or gave up.
    public var onFailure: [Hook] = []

    public init() {}

    public var all: [Hook] { afterUpload + beforeFlip + afterFlip + afterRollback + onFailure }

    /// The same with each hook changed by a function, such as one that reads its script.
    public func map<Problem: Error>(
      _ change: (Hook) throws(Problem) -> Hook
    ) throws(Problem) -> Hooks {
      var hooks = self
      hooks.afterUpload = try afterUpload.map(change)
      hooks.beforeFlip = try beforeFlip.map(change)
      hooks.afterFlip = try afterFlip.map(change)
      hooks.afterRollback = try afterRollback.map(change)
      hooks.onFailure = try onFailure.map(change)
      return hooks
    }
  }

  /// How the framework itself goes down for maintenance, and comes back.
  public struct Maintenance: Sendable, Equatable {
    /// In the live release; and in one that goes live on a host that is down.
    public var down: [Hook] = []
    public var up: [Hook] = []

    public init() {}
  }

  public struct Hook: Sendable, Equatable {
    /// A command, or the path of a script as the configuration writes it: how people know the hook.
    public var run: String
    public var script: Script?
    public var timeout: Int
    public var hosts = Audience.all
    public var once: Once?
    /// Whether the hook's failure is that of the deploy.
    public var isRequired = true
    /// Whether it changes a database in a way that a rollback does not take back.
    public var migrates = false
    public var env: [String: String] = [:]
    /// Below the release.
    public var directory: String?
    /// Another user of the host, as whom it runs.
    public var user: String?

    public init(run: String, timeout: Int = 600) {
      self.run = run
      self.timeout = timeout
    }

    public struct Script: Sendable, Equatable {
      /// Absolute, on this machine.
      public var path: String
      /// Read when a plan needs it.
      public var text: [UInt8] = []

      public init(path: String) { self.path = path }
    }

    public enum Audience: Sendable, Equatable {
      case all
      case first
      case roles([String])
    }

    public enum Once: String, Sendable, CaseIterable {
      /// On one host of each deploy.
      case deploy
      /// On one host, for each release: not again when a rollback or an undo makes it live.
      case release
      /// On one host, and never again.
      case ever
    }
  }
}

extension Settings {
  /// Seconds for which a host may be silent in a hook.
  public var longestHook: Int {
    (hooks.all + maintenance.down + maintenance.up).map(\.timeout).max() ?? 0
  }
}

extension Settings.Hook {
  /// What the ledger knows the hook by.
  var key: String { LedgerMembers.cut(run) }

  /// A migration runs on one host, whatever else is said of it.
  private var isForOneHost: Bool { hosts == .first || once != nil || migrates }

  /// Whether the hook is for a host of a stage. A hook for one host is for the first that has its role.
  func applies(to host: Settings.Host, of settings: Settings) -> Bool {
    let candidates = settings.hosts.filter(isMeant)
    return isForOneHost ? candidates.first == host : isMeant(host)
  }

  /// Whether a host that is not the one for it must know of it. What may fail is not known to have run.
  func runsElsewhere(than host: Settings.Host, of settings: Settings) -> Bool {
    guard once == .ever || once == .release, isRequired, isMeant(host) else { return false }
    return !applies(to: host, of: settings)
  }

  private func isMeant(_ host: Settings.Host) -> Bool {
    guard case .roles(let roles) = hosts else { return true }
    return !Set(roles).isDisjoint(with: host.roles)
  }

  /// Whether it is left out because it ran once.
  func isDone(_ ledger: [LedgerRecord], for release: String) -> Bool {
    let runs = ledger.filter { $0.event == .ran && $0.key == key }
    return switch once {
    case nil, .deploy: false
    case .release: runs.contains { $0.release == release }
    case .ever: !runs.isEmpty
    }
  }

  /// For the ledger, when anybody will ask for it later.
  var members: String {
    let isRemembered = migrates || once == .release || once == .ever
    return isRemembered
      ? LedgerMembers.text([
        "key": key, "why": migrates ? "migration" : nil, "once": once?.rawValue,
      ]) : ""
  }
}
