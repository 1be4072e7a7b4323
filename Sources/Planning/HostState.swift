import Operations

/// What a survey found on one host. Planners decide from this and from nothing else.
public struct HostState: Sendable, Equatable {
  public var root: EntryKind = .missing
  /// The nearest directory that exists at or above the root, and whether this user may write it.
  public var nearest = ""
  public var nearestOwner = ""
  public var nearestMode = ""
  public var isWritable = true
  public var user = ""
  public var userID = 0
  /// Seconds since 1970 by the host's clock.
  public var clock = 0
  public var tools: Set<String> = []
  public var current: Current = .missing
  /// Directories under `releases/`, by name.
  public var directories: [Directory] = []
  public var ledger: [LedgerRecord] = []
  /// Digest of the ledger's last line.
  public var head = String(repeating: "0", count: 64)
  public var holder: Holder?
  public var trash = 0
  public var freeKilobytes: Int?
  public var freeInodes: Int?
  /// What stands under `shared/`, for the paths that were asked about.
  public var shared: [String: EntryKind] = [:]
  /// Those of them that are links in the live release.
  public var linked: Set<String> = []
  /// Hooks that ran once, as other hosts of the stage remember it.
  public var ranElsewhere: [LedgerRecord] = []
  /// The environment file; nil when it is missing, a link, or not to be read.
  public var env: EnvFile?
  /// Nil when the host is not down for maintenance.
  public var downtime: Downtime?

  public init() {}

  public enum EntryKind: String, Sendable {
    case missing
    case link
    case directory
    case file
    case other
  }

  public enum Current: Sendable, Equatable {
    case missing
    /// `isWhole` says that the target is a directory that exists.
    case link(target: String, isWhole: Bool)
    case directory
    case other

    /// The text of the link, or nothing: what the flip expects to find.
    public var target: String {
      if case .link(let target, _) = self { return target }
      return ""
    }
  }

  public struct Directory: Sendable, Equatable {
    public var name: String
    /// Digest of its manifest and the algorithm that the manifest names; nil when it has none.
    public var tree: String?
    public var algorithm: DigestAlgorithm?

    public init(name: String, tree: String? = nil, algorithm: DigestAlgorithm? = nil) {
      self.name = name
      self.tree = tree
      self.algorithm = algorithm
    }
  }

  /// An environment file as far as a plan needs to know it: names, and the values of keys that a rule
  /// asks about.
  public struct EnvFile: Sendable, Equatable {
    public var digest: String
    public var keys: Set<String>
    public var asked: [String: String]
    public var secrets = Secrets()

    public init(digest: String, keys: Set<String> = [], asked: [String: String] = [:]) {
      self.digest = digest
      self.keys = keys
      self.asked = asked
    }

    public init(_ file: Dotenv, digest: String, debugKeys: [String]) {
      self.init(digest: digest, keys: Set(file.keys))
      for key in debugKeys {
        asked[key] = file[key].map { String(decoding: $0, as: UTF8.self) }
      }
    }
  }

  /// Values that are known so that nobody prints them. It prints none itself.
  public struct Secrets: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    public var values: [String] = []

    public init() {}

    public var description: String { "***" }
    public var customMirror: Mirror { Mirror(self, children: []) }
  }

  /// Who holds the lock.
  public struct Holder: Sendable, Equatable {
    public var pid: Int
    /// Seconds since 1970 by the host's clock.
    public var since: Int
    public var phase: String
    /// `user@client: verb release`
    public var description: String

    public init(pid: Int, since: Int, phase: String, description: String) {
      self.pid = pid
      self.since = since
      self.phase = phase
      self.description = description
    }
  }
}

extension HostState {
  /// The live release's name: the last part of where `current` leads, whatever tool made the link.
  public var liveName: String? {
    guard case .link(let target, true) = current else { return nil }
    return target.split(separator: "/").last.map(String.init)
  }

  public var live: Release? {
    guard let name = liveName else { return nil }
    return releases.first { $0.id.text == name }
  }

  /// Whether the live release was made by another tool: its manifest says what stood there, code and data
  /// alike.
  public var isLiveAdopted: Bool {
    guard let last = ledger.last(where: \.makesLive) else { return false }
    return last.event == .adopted && last.release == liveName
  }

  /// What `current` shows, in a word for messages.
  public var liveText: String {
    switch current {
    case .missing: "nothing yet"
    case .directory: "the directory 'current'"
    case .other: "the file 'current'"
    case .link(let target, false): "nothing ('current' leads to missing '\(target)')"
    case .link(let target, true):
      live.flatMap { $0.sequence.map { "\(target.dropPrefix("releases/")) (seq \($0))" } }
        ?? target.dropPrefix("releases/")
    }
  }

  /// What failed last, as long as nothing has gone live since by anybody's wish.
  public var lastFailure: LedgerRecord? {
    guard
      let last = ledger.last(where: {
        $0.event == .failed || ($0.why == "returned" && $0.reason != nil)
      })
    else { return nil }
    let isOver = ledger.contains { $0.seq > last.seq && $0.makesLive && $0.why != "returned" }
    return isOver ? nil : last
  }

  /// The algorithm a new manifest uses on this host.
  public var algorithm: DigestAlgorithm { tools.contains("b2sum") ? .blake2b256 : .sha256 }
}

extension String {
  func dropPrefix(_ prefix: String) -> String {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
  }
}
