public import Remote

/// A command running on the far side of an ``SSHConnection``.
public final class SSHChannel: Channel {
  /// Held so that the connection lives as long as its channels.
  private let connection: SSHConnection
  private let number: Int

  init(_ number: Int, of connection: SSHConnection) {
    self.number = number
    self.connection = connection
  }

  deinit { forget() }

  public func write(_ bytes: [UInt8]) async throws(RemoteError) {
    guard !bytes.isEmpty else { return }
    try await ask { channel, answer in channel.write(bytes, done: answer) }
  }

  public func post(_ bytes: [UInt8]) -> Bool {
    let number = number
    return connection.orders.post { pump in pump.channel(number)?.write(bytes) { _ in } } == nil
  }

  public func finishWriting() async throws(RemoteError) {
    try await ask { channel, answer in channel.finishWriting(done: answer) }
  }

  public func next(within limit: Duration) async throws(RemoteError) -> ChannelOutput {
    let moment = Moment(in: limit)
    return try await ask { channel, answer in channel.next(before: moment, taken: answer) }
  }

  public func close() async { forget() }

  private func forget() {
    let number = number
    _ = connection.orders.post { pump in pump.forget(number) }
  }

  private func ask<Value: Sendable>(
    _ question:
      @escaping @Sendable (ChannelState, @escaping @Sendable (Result<Value, RemoteError>) -> Void)
      -> Void
  ) async throws(RemoteError) -> Value {
    let number = number
    return try await connection.ask { pump, answer in
      guard let channel = pump.channel(number) else { return answer(.failure(.closed)) }
      question(channel, answer)
    }
  }
}
