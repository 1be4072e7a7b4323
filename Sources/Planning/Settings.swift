public import Operations

/// What a project asks for on one stage: recipe, deploy.json, stage, host and flags, laid over each other.
public struct Settings: Sendable, Equatable {
  public var app = ""
  public var stage = ""
  public var recipe: String?
  public var source = Source.directory(".")
  /// Commands run in a clean export before anything is sent.
  public var build: [String] = []
  /// Ignore rules in the manner of `.gitignore`, for every source.
  public var exclude: [String] = []
  public var hosts: [Host] = []
  public var rollout = Rollout()
  public var transfer = Transfer()
  public var shared = Shared()
  public var env = Env()
  public var docroot = Docroot()
  /// Files in which the framework writes down absolute paths of a release.
  public var caches: [String] = []
  public var dangers: [Danger] = []
  public var hooks = Hooks()
  /// What a release that went live must answer to stay live.
  public var health: [Health] = []
  /// How a release is tried before it goes live.
  public var boot: [Boot] = []
  /// What is told of every flip, before any hook.
  public var services: [Service] = []
  public var container = Container()
  public var maintenance = Maintenance()
  public var notify: [Notification] = []
  /// Files and globs, relative to the release, that `deploy logs` follows.
  public var logs: [String] = []
  /// Complete, healthy releases to keep, the live one included; at least 2.
  public var keep = 5

  public init() {}

  /// Directories of data that not every application has: linked where the release or the host does.
  public var optionalDirectories: [String] {
    docroot.persistent.compactMap { PathPattern($0).wholeDirectory.map(docroot.path) }
      .filter { !shared.directories.contains($0) }
  }

  /// Paths are absolute once a configuration has been read.
  public enum Source: Sendable, Equatable {
    /// A ref of a local repository; `repository` is its path.
    case git(ref: String, repository: String)
    case directory(String)
    case artifact(String)
  }

  public struct Host: Sendable, Equatable {
    /// As written in the configuration: a host name or an alias of ssh_config. Names the host in output.
    public var name = ""
    public var user: String?
    public var port: Int?
    public var roles: [String] = []
    /// Where the application lives on this host: absolute.
    public var path = ""
    public var transport = Transport.libssh2
    /// `SHA256:...`: the only host key that is accepted, whatever known_hosts says.
    public var hostKey: String?
    public var ssh = SSH()

    public init() {}
  }

  /// Overrides of what `ssh -G` says, as absolute paths.
  public struct SSH: Sendable, Equatable {
    public var config: String?
    public var identity: String?
    public var knownHosts: String?

    public init() {}
  }

  public enum Transport: String, Sendable, CaseIterable {
    case libssh2
    case openssh
    case local
  }

  /// How files get to a host.
  public struct Transfer: Sendable, Equatable {
    /// Whether the host makes the next staging tree ready when a release has gone live.
    public var standsBy = true

    public init() {}
  }

  /// How several hosts go live together.
  public struct Rollout: Sendable, Equatable {
    /// Hosts that flip at once; 0 is all of them.
    public var serial = 0
    /// Hosts that go first, and alone.
    public var canary = 0
    /// Seconds between the canary and the others.
    public var pause = 0
    /// Whether hosts that are live stay so when another one fails.
    public var keepsOthers = false
    /// Whether hosts that cannot be reached are left out instead of ending it for all.
    public var skipsUnreachable = false

    public init() {}

    /// Which hosts flip together, in the order of the configuration.
    public func batches(of count: Int) -> [ClosedRange<Int>] {
      var batches: [ClosedRange<Int>] = []
      var next = 0
      while next < count {
        let wanted = next == 0 && canary > 0 ? canary : serial > 0 ? serial : count
        let last = min(next + wanted, count) - 1
        batches.append(next...last)
        next = last + 1
      }
      return batches
    }
  }

  public struct Shared: Sendable, Equatable {
    public var directories: [String] = []
    /// Each must exist under `shared/` before an upload begins.
    public var files: [String] = []

    public init() {}
  }

  /// The environment file, and what a push holds it to.
  public struct Env: Sendable, Equatable {
    /// Below `shared/`.
    public var file = ".env"
    /// Below the release: the file that names every key an environment needs.
    public var example = ".env.example"
    /// Keys that may be missing or set as `debug` forbids.
    public var allow: [String] = []
    public var debug: [Rule] = []

    public init() {}

    /// Assignments that must not all hold at once. The first names the key that is to blame.
    public struct Rule: Sendable, Equatable {
      public var text: String

      public init(_ text: String) { self.text = text }
    }
  }

  /// What the web server shows. Patterns are relative to it.
  public struct Docroot: Sendable, Equatable {
    /// Below the release; `.` when it is all of it, nil when no web server shows files of it.
    public var root: String?
    public var persistent: [String] = []
    public var build: [String] = []
    public var regenerable: [String] = []
    /// For how many releases earlier build files stay reachable.
    public var overlap = 1

    public init() {}

    /// For the operations; nil when there is none.
    var place: DocrootPlace? {
      root.map { DocrootPlace(root: $0, regenerable: Self.expression(regenerable)) }
    }

    var buildExpression: String { Self.expression(build) }

    private static func expression(_ patterns: [String]) -> String {
      patterns.map { "(\(PathPattern($0).expression))" }.joined(separator: "|")
    }

    /// A path below the docroot as a path below the release.
    public func path(_ entry: String) -> String {
      guard let root, root != "." else { return entry }
      return "\(root)/\(entry)"
    }
  }

  /// Files that must not stand in a release.
  public struct Danger: Sendable, Equatable {
    /// Patterns, relative to the release.
    public var files: [String]
    public var say: String
    public var next: String?

    public init(files: [String], say: String, next: String? = nil) {
      self.files = files
      self.say = say
      self.next = next
    }
  }

  public struct Health: Sendable, Equatable {
    public var check: HealthCheck
    /// Of the hosts on which it is asked; on all without any.
    public var roles: [String]

    public func applies(to host: Host) -> Bool {
      roles.isEmpty || roles.contains { host.roles.contains($0) }
    }

    public init(_ check: HealthCheck, roles: [String] = []) {
      self.check = check
      self.roles = roles
    }
  }

  public struct Boot: Sendable, Equatable {
    public var run: String
    public var check: HealthCheck
    public var roles: [String]

    public init(run: String, _ check: HealthCheck, roles: [String] = []) {
      self.run = run
      self.check = check
      self.roles = roles
    }
  }
}
