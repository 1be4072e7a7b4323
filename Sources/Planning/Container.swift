extension Settings {
  /// An application that runs in a container, embedded in a binary that unpacks it at every start.
  public struct Container: Sendable, Equatable {
    /// The service of the compose file.
    public var service = ""
    /// The server's binary in the image; nil for an application that runs without a container, of which a
    /// recipe may know some of this all the same.
    public var binary: String?
    /// What the binary is started with.
    public var command = ["php-server"]
    /// The directory below which volumes are mounted.
    public var data = "/data"
    /// Where the binary unpacks; nil is what the image says.
    public var tmpdir: String?
    /// Paths that an unpacked application has.
    public var sentinels: [String] = []
    /// Directories that each build has of its own.
    public var caches: [String] = []
    /// Links beyond what the recipe knows to be data.
    public var links: [Link] = []
    /// Links of the application itself, by path, that an embedded archive does not hold.
    public var relinks: [String: String] = [:]

    public init() {}

    public struct Link: Sendable, Equatable {
      public var path: String
      /// On a volume: absolute.
      public var target: String
      public var kind: Kind
      /// Whether a container without a volume for it may start.
      public var isRequired: Bool

      public init(path: String, target: String, kind: Kind, isRequired: Bool = true) {
        self.path = path
        self.target = target
        self.kind = kind
        self.isRequired = isRequired
      }
    }

    public enum Kind: String, Sendable, CaseIterable {
      /// Data of users: what the application ships there goes to the volume, and never over anything.
      case data
      /// Each build has a directory of its own.
      case cache
      /// Kept, and nothing shipped goes there.
      case empty
      /// One file, seeded once.
      case file
    }
  }

  /// Every link that a container of this application needs, and why: what was written down, then what
  /// the recipe knows. None lies within another.
  public var containerLinks: [(link: Container.Link, why: String)] {
    var links = container.links.map { ($0, "container.links") }
    func add(_ paths: [String], _ kind: Container.Kind, required: Bool = true, _ why: String) {
      for path in paths where !links.contains(where: { Self.overlap($0.0.path, path) }) {
        let target = container.data + "/" + path
        links.append((.init(path: path, target: target, kind: kind, isRequired: required), why))
      }
    }
    add(container.caches, .cache, "container.caches")
    add(shared.directories, .data, "shared.directories")
    add(shared.files, .file, "shared.files")
    add(optionalDirectories, .data, required: false, "public.persistent")
    return links
  }

  private static func overlap(_ one: String, _ other: String) -> Bool {
    one == other || one.hasPrefix(other + "/") || other.hasPrefix(one + "/")
  }
}
