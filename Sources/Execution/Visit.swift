public import Planning
public import Remote

/// A host that was reached and surveyed: its connection, its agent, what was found.
public struct Visit: Sendable {
  public let host: Settings.Host
  public let connection: any Connection
  public let session: AgentSession
  public var state: HostState
  /// Everything has to be sent: the host has shown that it cannot do with a delta.
  public internal(set) var needsAll = false
  var waitSeconds = 0
  var longestHook = 0

  public func leave() async {
    await session.end()
    await connection.close()
  }
}
