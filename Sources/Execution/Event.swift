public import Planning
public import Remote
public import Shipping

/// What happens while hosts are worked on, for a console, a log or a JSON stream.
public struct Event: Sendable, Equatable {
  public var host: String
  public var kind: Kind

  public init(host: String, kind: Kind) {
    self.host = host
    self.kind = kind
  }

  public enum Kind: Sendable, Equatable {
    case connected
    case surveyed(HostState)
    case began(operation: String, summary: String)
    case ended(operation: String, seconds: Double)
    /// A part of the way to the host, or of the work for it, that no operation stands for.
    case passed(Phase)
    /// How much of the payload left.
    case sent(Shipped)
    /// A line that a hook printed: another program's bytes.
    case output([UInt8])
    case note(String)
    case waiting
    /// The host cannot make the release of what it has.
    case sendingAll(why: String)
    /// Other sessions were faster; surveyed and planned anew.
    case replanned
    /// A point at which a fault test may strike; debug builds only.
    case point(String)
  }
}
