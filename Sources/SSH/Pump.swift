internal import Glibc
internal import Remote

/// The loop of one connection's thread: orders in, packets out, packets in, answers out.
///
/// It owns the session and every channel, and nothing else touches them, so one task may write
/// while another reads, and libssh2 (which is not safe for threads) sees one caller. When the
/// connection breaks the loop stays, without a session, to hand out what had been received.
final class Pump {
  private static let keepAliveEvery = Duration.seconds(15)

  private let orders: OrderQueue
  private var session: Session?
  private var wire: Wire?
  private var channels: [Int: ChannelState] = [:]
  private var openings: [Opening] = []
  private var bridges: [Bridge] = []
  private var keepAlive = Moment(in: keepAliveEvery)
  private var failure: RemoteError?
  private var isStopping = false
  private var stopped: [@Sendable () -> Void] = []

  init(_ session: consuming Session, orders: OrderQueue) {
    wire = session.wire
    self.session = consume session
    self.orders = orders
  }

  // MARK: Orders

  func open(_ opening: Opening) {
    if let failure { return opening.done(.failure(failure)) }
    openings.append(opening)
  }

  func channel(_ number: Int) -> ChannelState? { channels[number] }

  func forget(_ number: Int) { channels[number]?.abandon() }

  func stop(_ then: @escaping @Sendable () -> Void) {
    isStopping = true
    stopped.append(then)
  }

  // MARK: The loop

  func run() {
    while true {
      for order in orders.take() { order(self) }
      if isStopping { return finish() }
      expire()
      do throws(LibraryError) {
        if try advance() { continue }
      } catch {
        end(.lost(wire?.farewell ?? error.words))
      }
      if let wire, let reason = wire.end { end(.lost(wire.farewell ?? reason.words)) }
      wait()
    }
  }

  private func finish() {
    session?.disconnect()
    _ = wire?.flush()
    end(.closed)
    for order in orders.shut(.closed) { order(self) }
    for then in stopped { then() }
  }

  private func advance() throws(LibraryError) -> Bool {
    guard let wire else { return false }
    var moved = wire.fill()
    if try openNext() { moved = true }
    for channel in channels.values where try channel.advance(over: wire) { moved = true }
    for bridge in bridges where bridge.advance() { moved = true }
    channels = channels.filter { !$0.value.isGone }
    bridges.removeAll { $0.isOver }
    if wire.flush() { moved = true }
    return moved
  }

  /// libssh2 keeps the state of an opening in the session: one at a time.
  private func openNext() throws(LibraryError) -> Bool {
    guard let first = openings.first else { return false }
    do throws(LibraryError) {
      guard let handle = try handle(for: first.purpose) else { return false }
      openings.removeFirst()
      first.channel.attach(handle)
      channels[first.number] = first.channel
      if first.channel.isAbandoned { return true }
      if case .forward(_, _, let descriptor) = first.purpose {
        bridges.append(Bridge(descriptor, first.channel))
      }
      first.done(.success(()))
    } catch  where error.isOfChannel {
      openings.removeFirst()
      guard !first.channel.isAbandoned else { return true }
      first.done(.failure(.lost("the server refused to open a channel (\(error.words))")))
    }
    return true
  }

  private func handle(for purpose: Opening.Purpose) throws(LibraryError) -> RemoteChannel? {
    switch purpose {
    case .command: try session?.openChannel()
    case .forward(let host, let port, _): try session?.openForward(to: host, port: port)
    }
  }

  /// Nobody is left waiting, and every channel goes before the session does.
  private func end(_ why: RemoteError) {
    if failure == nil { failure = why }
    for opening in openings where !opening.channel.isAbandoned { opening.done(.failure(why)) }
    openings = []
    for channel in channels.values {
      channel.fail(why)
      channel.release()
    }
    bridges = []
    session = nil
    wire = nil
  }

  // MARK: Waits

  /// A channel that is asked for and does not come keeps its place, because libssh2 cannot take the
  /// question back; it is closed when it comes.
  private func expire() {
    for channel in channels.values { channel.expire() }
    for opening in openings where opening.limit.hasPassed && !opening.channel.isAbandoned {
      opening.channel.abandon()
      opening.done(.failure(.timedOut("the server did not open a channel in time")))
    }
    if keepAlive.hasPassed {
      session?.keepAlive()
      _ = wire?.flush()
      keepAlive = Moment(in: Self.keepAliveEvery)
    }
  }

  private func wait() {
    var descriptors = [pollfd(fd: orders.bell.descriptor, events: Int16(POLLIN), revents: 0)]
    // A full buffer asks for nothing, and then even a hang-up may wait.
    if let wire, wire.events != 0 {
      descriptors.append(pollfd(fd: wire.socket, events: wire.events, revents: 0))
    }
    for bridge in bridges {
      descriptors.append(pollfd(fd: bridge.descriptor, events: bridge.events, revents: 0))
    }
    let moments =
      channels.values.compactMap(\.nextMoment) + [keepAlive]
      + openings.filter { !$0.channel.isAbandoned }.map(\.limit)
    let moment = moments.min() ?? keepAlive
    _ = poll(&descriptors, nfds_t(descriptors.count), moment.milliseconds)
  }
}

/// A channel that has been asked for.
struct Opening {
  enum Purpose: Sendable {
    case command
    /// A stream to a further host, shuffled to and from a descriptor of ours.
    case forward(host: String, port: Int, descriptor: Int32)
  }

  let number: Int
  let purpose: Purpose
  let channel: ChannelState
  let limit = Moment(in: .seconds(30))
  let done: ChannelState.Done
}

extension Wire.End {
  var words: String {
    switch self {
    case .closed: "the server closed the connection"
    case .failed(let code): "the connection broke: \(String(cString: strerror(code)))"
    }
  }
}
