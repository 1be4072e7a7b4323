extension Settings {
  /// Who is told of a deploy, over HTTP, by the machine that deploys.
  public struct Notification: Sendable, Equatable {
    public var address: Address
    /// The variable that holds the key of the signature.
    public var secretEnv: String?
    public var moments: [Moment]
    public var format = Format.json

    public init(_ address: Address, on moments: [Moment] = [.success, .failure, .rollback]) {
      self.address = address
      self.moments = moments
    }

    /// Many such addresses are secrets themselves.
    public enum Address: Sendable, Equatable {
      case url(String)
      case variable(String)
    }

    public enum Moment: String, Sendable, CaseIterable {
      case start
      case success
      case failure
      /// By a person, or because a release did not work.
      case rollback
    }

    public enum Format: String, Sendable, CaseIterable {
      case json
      case slack
    }
  }
}
