internal import Glibc
public import Remote
internal import Synchronization

/// A connection to one host over libssh2, on a thread of its own.
public final class SSHConnection: Connection {
  public let host: String
  public let phases: [Phase]
  let orders: OrderQueue
  /// What fits beside the headers in the one packet that libssh2 makes of it (36,000 does not).
  private static let longestCommand = 32_000
  private let number = Atomic(0)
  /// What the bytes pass through before they reach the host; it ends after us.
  private let route: Route

  /// Reaches a host and logs in.
  ///
  /// The host's key is checked before a byte of the login is sent. `environment` gives
  /// `SSH_AUTH_SOCK` and `DEPLOY_SSH_KEY`, and is what helpers such as a ProxyCommand see.
  public static func connect(
    _ target: SSHTarget, interaction: Interaction = .none, environment: [String: String]
  ) async throws(RemoteError) -> SSHConnection {
    try await Connector(target: target, interaction: interaction, environment: environment)
      .connect()
  }

  /// Fetches a host's key without logging in, for a person to look at.
  public static func look(
    at target: SSHTarget, interaction: Interaction = .none, environment: [String: String]
  ) async throws(RemoteError) -> PresentedHostKey {
    try await Connector(target: target, interaction: interaction, environment: environment).look()
  }

  init(host: String, orders: OrderQueue, route: Route, phases: [Phase]) {
    self.host = host
    self.phases = phases
    self.orders = orders
    self.route = route
  }

  deinit { _ = orders.post { pump in pump.stop {} } }

  public func open(_ command: String) async throws(RemoteError) -> any Channel {
    guard command.utf8.count <= Self.longestCommand else {
      throw .local("a command of \(command.utf8.count) bytes is too long for libssh2")
    }
    let number = nextNumber()
    try await ask { pump, answer in
      let channel = ChannelState(command: command)
      pump.open(Opening(number: number, purpose: .command, channel: channel, done: answer))
    }
    return SSHChannel(number, of: self)
  }

  /// A stream to a host that this one can reach, as a descriptor.
  func forward(to host: String, port: Int) async throws(RemoteError) -> Int32 {
    let ends = try SocketPair.make()
    let number = nextNumber()
    do throws(RemoteError) {
      try await ask { pump, answer in
        pump.open(
          Opening(
            number: number, purpose: .forward(host: host, port: port, descriptor: ends.theirs),
            channel: ChannelState(command: nil), done: answer))
      }
    } catch {
      Glibc.close(ends.ours)
      Glibc.close(ends.theirs)
      throw error
    }
    return ends.ours
  }

  public func close() async {
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      if orders.post({ pump in pump.stop { done.resume() } }) != nil { done.resume() }
    }
    await route.close()
  }

  /// Leaves a question for the connection's thread and awaits the answer.
  func ask<Value: Sendable>(
    _ question:
      @escaping @Sendable (Pump, @escaping @Sendable (Result<Value, RemoteError>) -> Void) -> Void
  ) async throws(RemoteError) -> Value {
    let result: Result<Value, RemoteError> = await withCheckedContinuation { done in
      let refusal = orders.post { pump in question(pump) { done.resume(returning: $0) } }
      if let refusal { done.resume(returning: .failure(refusal)) }
    }
    return try result.get()
  }

  private func nextNumber() -> Int {
    number.wrappingAdd(1, ordering: .relaxed).newValue
  }
}
