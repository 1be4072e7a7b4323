/// One way to one host: libssh2, the system's ssh, or this machine's own shell.
///
/// One conformance suite runs against every adapter (`Tests/RemoteTests/ConformanceTests.swift`).
public protocol Connection: Sendable {
  /// The host as the configuration names it, for messages.
  var host: String { get }

  /// Whether bytes cost time on their way.
  var isDistant: Bool { get }

  /// How long it took to bring it about, part by part.
  var phases: [Phase] { get }

  /// Starts a command through the host's shell. The command must be short (libssh2 1.10 refuses
  /// more than about 32 KB); whatever is long travels on the channel's input.
  func open(_ command: String) async throws(RemoteError) -> any Channel

  /// Ends the connection and whatever is still open on it. Never waits long.
  func close() async
}

extension Connection {
  public var isDistant: Bool { true }
  public var phases: [Phase] { [] }
}

/// Something that took time.
public struct Phase: Sendable, Equatable {
  public let name: String
  public let began: ContinuousClock.Instant
  public let ended: ContinuousClock.Instant

  public init(
    _ name: String, from began: ContinuousClock.Instant,
    to ended: ContinuousClock.Instant = .now
  ) {
    self.name = name
    self.began = began
    self.ended = ended
  }

  public var seconds: Double { began.duration(to: ended) / .seconds(1) }
}

/// A running command's input and output. One task may write while another reads.
public protocol Channel: Sendable {
  /// Returns once the transport has taken the bytes. The bytes of one call stay together, and calls
  /// keep their order, whichever tasks they come from. Throws ``RemoteError/lost(_:)`` when the
  /// other side is gone, ``RemoteError/timedOut(_:)`` when it took nothing for a long time.
  func write(_ bytes: [UInt8]) async throws(RemoteError)

  /// Leaves bytes to be written in their turn, from any thread, without waiting for it. False when
  /// nobody will take them any more.
  func post(_ bytes: [UInt8]) -> Bool

  /// Closes the command's standard input.
  func finishWriting() async throws(RemoteError)

  /// The next piece of output, or its end.
  ///
  /// A command that exits non-zero is a result, not an error. Throws
  /// ``RemoteError/lost(_:)`` when the connection broke, ``RemoteError/timedOut(_:)`` when nothing
  /// came within the limit (the channel stays usable).
  func next(within limit: Duration) async throws(RemoteError) -> ChannelOutput

  /// Abandons the command: closes the channel without waiting for it.
  func close() async
}

public enum ChannelOutput: Sendable, Equatable {
  case output([UInt8])
  case errors([UInt8])
  /// All output has been read. The status is nil when the transport cannot vouch for it, as libssh2
  /// 1.10 cannot: it reports 0 when none arrived. Nobody may take nil, or 0 alone, for success.
  case end(status: Int32?)
}

public enum RemoteError: Error, Sendable, Equatable {
  /// No connection: refused, unknown name, no route, wrong protocol.
  case unreachable(host: String, why: String)
  /// The host key is not the one that is known, or none is known and nobody can be asked.
  case hostKeyRefused(host: String, why: String, fingerprint: String?)
  /// No key was accepted; `tried` says which were offered.
  case notAuthenticated(host: String, user: String, tried: [String])
  /// The connection was there and broke.
  case lost(String)
  /// A wait reached its limit.
  case timedOut(String)
  /// Asked of a closed channel or connection.
  case closed
  /// The local side could not do its part: a missing program, an unreadable key.
  case local(String)
}
