internal import Glibc

/// The two buffers between libssh2 and a socket.
///
/// libssh2 is given callbacks that only touch memory: its send always takes the whole packet, its
/// receive takes what has arrived. So libssh2 never has a half-sent packet, which is the state in
/// which it refuses (-39) whatever another channel wants to send, a window adjustment included; and
/// what a server said just before it hung up is still read. The socket is ours: one place waits.
final class Wire {
  enum End: Equatable {
    case closed
    case failed(errno: Int32)
  }

  /// Enough to keep a fast network busy, and a bound on what a peer can make us hold.
  static let limit = 512 * 1024

  let socket: Int32
  private(set) var incoming = ByteQueue()
  private(set) var outgoing = ByteQueue()
  private(set) var end: End?
  /// Lines before the banner are noise that a server may send (RFC 4253, 4.2); libssh2 fails at
  /// an empty one.
  private(set) var sawBanner = false
  private(set) var noise: [UInt8] = []
  /// The reason that the server gave for hanging up.
  var farewell: String?
  private var isCut = false
  private var scratch = [UInt8](repeating: 0, count: 128 * 1024)

  /// Takes over the descriptor.
  init(_ socket: Int32) {
    self.socket = socket
    _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
  }

  deinit { Glibc.close(socket) }

  var wantsToSend: Bool { !outgoing.isEmpty && end == nil }
  var hasRoom: Bool { outgoing.count < Self.limit }

  var events: Int16 {
    var events: Int32 = 0
    if incoming.count < Self.limit { events |= POLLIN }
    if wantsToSend { events |= POLLOUT }
    return Int16(events)
  }

  /// What libssh2's receive callback gets: bytes, or "would block", which it also says at the end
  /// of the stream because we notice the end ourselves, after all that came before it was read.
  func take(into room: UnsafeMutableRawBufferPointer) -> Int {
    if isCut { return 0 }
    if !sawBanner, !findBanner() { return Int(-EAGAIN) }
    let count = incoming.peek(room.count) { bytes -> Int in
      room.copyMemory(from: bytes)
      return bytes.count
    }
    incoming.drop(count)
    return count == 0 ? Int(-EAGAIN) : count
  }

  func put(_ bytes: UnsafeRawBufferPointer) -> Int {
    if !isCut { outgoing.append(bytes) }
    return bytes.count
  }

  /// From now on libssh2 finds the stream ended, so that freeing its objects waits for nobody.
  func cut() { isCut = true }

  /// Reads what the socket has, up to the limit. True when something came.
  func fill() -> Bool {
    var moved = false
    while end == nil, incoming.count < Self.limit {
      let count = recv(socket, &scratch, scratch.count, 0)
      if count > 0 {
        incoming.append(scratch[..<count])
        moved = true
        if count < scratch.count { break }
      } else if count == 0 {
        end = .closed
      } else if errno == EINTR {
        continue
      } else if errno == EAGAIN {
        break
      } else {
        end = .failed(errno: errno)
      }
    }
    acknowledgeAtOnce()
    return moved
  }

  /// Sends what the socket takes. True when something went.
  func flush() -> Bool {
    var moved = false
    while wantsToSend {
      let count = outgoing.peek { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count >= 0 {
        outgoing.drop(count)
        moved = true
      } else if errno == EINTR {
        continue
      } else if errno == EAGAIN {
        break
      } else {
        // What the server said before it hung up may still wait to be read: it can hold the reason.
        let code = errno
        while fill() {}
        if end == nil { end = .failed(errno: code) }
      }
    }
    return moved
  }

  /// Waits for the socket, but not beyond the moment.
  func wait(until moment: Moment) {
    var descriptors = [pollfd(fd: socket, events: events, revents: 0)]
    _ = poll(&descriptors, 1, moment.milliseconds)
  }

  /// Without this a channel's opening waits 40 ms for a delayed acknowledgement (measured: 44 ms
  /// to 1 ms on a local network). The kernel forgets the option after each use.
  private func acknowledgeAtOnce() {
    var on: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_QUICKACK, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  private func findBanner() -> Bool {
    while true {
      let line = incoming.peek { bytes -> [UInt8]? in
        guard let newline = bytes.firstIndex(of: 10) else { return nil }
        return Array(bytes[...newline])
      }
      guard let line else {
        // No line is that long: stop holding what it sends.
        if incoming.count > 65_536 { end = .closed }
        return false
      }
      if line.starts(with: "SSH-".utf8) {
        sawBanner = true
        return true
      }
      incoming.drop(line.count)
      if noise.count < 65_536 {
        noise += line
      } else {
        end = .closed
      }
    }
  }
}
