/// What lies between the commit that is live and the one that is to be.
public struct CommitRange: Sendable, Equatable {
  /// `3f1c2ab Show the photos in a grid`, the newest first.
  public var ahead: [String]
  /// Commits of the live one that the other does not have.
  public var behind: Int

  /// Whether everything in it is live already, and more.
  public var isSuperseded: Bool { ahead.isEmpty && behind > 0 }

  /// Nil when git cannot tell: the live commit may be of another clone, or too deep for a shallow one.
  public init?(from live: String, to next: String, repository path: String) {
    let repository = GitRepository(path: path)
    guard live != next,
      let ahead = try? repository.subjects(from: live, to: next),
      let behind = try? repository.subjects(from: next, to: live)
    else { return nil }
    self.ahead = ahead
    self.behind = behind.count
  }
}
