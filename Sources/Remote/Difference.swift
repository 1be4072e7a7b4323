/// One path of a release that is not as it was shipped.
public struct Difference: Sendable, Equatable, CustomStringConvertible {
  public enum Change: String, Sendable {
    /// Not shipped: a hook, the application or a person made it.
    case added = "+"
    case changed = "~"
    case missing = "-"
  }

  public var change: Change
  public var path: String

  public init(_ change: Change, _ path: String) {
    self.change = change
    self.path = path
  }

  /// As lists show it: `~ index.php`.
  public var description: String { "\(change.rawValue) \(path)" }
}
