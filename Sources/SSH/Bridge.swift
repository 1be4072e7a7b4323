internal import Glibc
internal import Remote

/// Carries bytes between a channel and a descriptor: the way through a jump host.
///
/// The inner session gets the other end of a socket pair and knows nothing of the outer one. That is
/// the same as for a ProxyCommand, each session keeps its own thread, and neither of the traps of
/// nested sessions (a send callback that must loop, an inner wait that must poll the outer socket)
/// exists. It costs two copies.
final class Bridge {
  private static let highWater = 256 * 1024

  let descriptor: Int32
  private let channel: ChannelState
  private var arrived = ByteQueue()
  private var outputEnded = false
  private var scratch = [UInt8](repeating: 0, count: 64 * 1024)

  /// Takes over the descriptor.
  init(_ descriptor: Int32, _ channel: ChannelState) {
    self.descriptor = descriptor
    self.channel = channel
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  deinit { Glibc.close(descriptor) }

  var isOver: Bool { channel.isAbandoned }

  var events: Int16 {
    var events: Int32 = 0
    if wantsInput { events |= POLLIN }
    if !arrived.isEmpty { events |= POLLOUT }
    return Int16(events)
  }

  func advance() -> Bool {
    let carried = carryIn()
    return carryOut() || carried
  }

  private var wantsInput: Bool { channel.unsent < Self.highWater }

  private func carryIn() -> Bool {
    var moved = false
    while wantsInput {
      let count = recv(descriptor, &scratch, scratch.count, 0)
      if count > 0 {
        channel.write(Array(scratch[..<count])) { _ in }
        moved = true
      } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
        // The inner session is gone; it never closes only half.
        channel.abandon()
        return true
      } else if errno == EAGAIN {
        return moved
      }
    }
    return moved
  }

  private func carryOut() -> Bool {
    var moved = false
    while !outputEnded, arrived.count < Self.highWater, let output = channel.nextOutput() {
      switch output {
      case .output(let bytes): arrived.append(bytes)
      case .errors: break
      case .end: outputEnded = true
      }
      moved = true
    }
    while !arrived.isEmpty {
      let count = arrived.peek {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        arrived.drop(count)
        moved = true
      } else if count < 0, errno == EINTR {
        continue
      } else if count < 0, errno == EAGAIN {
        return moved
      } else {
        channel.abandon()
        return true
      }
    }
    if outputEnded, !isOver {
      // The further host has hung up: the inner session sees the end of its stream when we close.
      channel.abandon()
      moved = true
    }
    return moved
  }
}
