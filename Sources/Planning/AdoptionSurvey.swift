public import Operations

/// What `explore` found in an application's directory, beyond the survey.
public struct AdoptionSurvey: Sendable, Equatable {
  /// `releases`, `shared` and `.deploy`: what stands there.
  public var places: [String: HostState.EntryKind] = [:]
  /// Where `current` really leads; empty when nowhere.
  public var leads = ""
  /// The same below `releases/`, when it leads there.
  public var inside: String?
  public var origins: [String: Origin] = [:]
  /// Entries that belong to the application and not to its layout.
  public var contentCount = 0
  /// Of what would be copied; nil when nobody knows.
  public var kilobytes: Int?
  /// What the content has at the declared shared paths.
  public var persistent: [String: HostState.EntryKind] = [:]
  /// Relative links in the content that lead out of it.
  public var escapes: [String] = []
  public var record: Record?

  public init() {}

  /// Where another tool's release came from.
  public struct Origin: Sendable, Equatable {
    /// False when that tool says that it failed or was never finished.
    public var isGood: Bool
    public var commit: String?

    public init(isGood: Bool, commit: String? = nil) {
      self.isGood = isGood
      self.commit = commit
    }
  }

  /// What `.deploy/adoption` says.
  public struct Record: Sendable, Equatable {
    public var layout: AdoptedLayout?
    public var current = ""
    public var releases: [String] = []
    public var shared: [String] = []
    public var made: [String] = []

    public init() {}
  }
}
