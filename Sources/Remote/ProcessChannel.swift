import Glibc
import Processes
import Synchronization

/// A child process as a channel: a thread reads what it prints, another writes what it is sent,
/// so that neither direction can block the other.
final class ProcessChannel: Channel {
  private let child: Child
  private let host: String
  private let losesWith255: Bool
  private let outputs = Mailbox<ChannelOutput>()
  private let writes = WriteQueue()
  /// What the process said on standard error last: ssh's own words when a connection fails.
  private let complaint = Mutex("")
  /// Whether the host has printed anything: what breaks after that was a connection.
  private let hasSpoken = Mutex(false)
  private let isClosed = Mutex(false)

  init(child: Child, host: String, losesWith255: Bool) {
    self.child = child
    self.host = host
    self.losesWith255 = losesWith255
    signal(SIGPIPE, SIG_IGN)
    let outputs = outputs
    startThread { readAll(of: child, into: outputs) }
    let writes = writes
    startThread { writes.drain(into: child.input) }
  }

  func write(_ bytes: [UInt8]) async throws(RemoteError) {
    guard await writes.put(bytes) else { throw .lost("\(host) takes no more input") }
  }

  func post(_ bytes: [UInt8]) -> Bool { writes.put(bytes) { _ in } }

  func finishWriting() async throws(RemoteError) { writes.finish() }

  func next(within limit: Duration) async throws(RemoteError) -> ChannelOutput {
    guard let output = await outputs.next(within: limit) else {
      throw .timedOut("nothing from \(host) for \(limit)")
    }
    if case .errors(let bytes) = output {
      complaint.withLock { $0 = String(($0 + String(decoding: bytes, as: UTF8.self)).suffix(2000)) }
    }
    if case .output = output { hasSpoken.withLock { $0 = true } }
    if losesWith255, case .end(status: 255) = output { throw broken() }
    return output
  }

  /// What ssh's own status means: before the host said anything that it was not reached.
  private func broken() -> RemoteError {
    let words = complaint.withLock(\.self).split(whereSeparator: \.isNewline).last.map(String.init)
    guard let words else { return .lost("ssh to \(host) ended without a word") }
    let hadConnection =
      hasSpoken.withLock(\.self)
      || ["closed by remote host", "Broken pipe", "not responding"].contains { words.contains($0) }
    return hadConnection ? .lost(words) : .unreachable(host: host, why: words)
  }

  func close() async {
    let first = isClosed.withLock { closed in
      defer { closed = true }
      return !closed
    }
    guard first else { return }
    // Nothing is killed here: the agent sees the end of its input and decides, as it would when
    // a connection breaks.
    writes.finish()
  }
}

/// Reads both outputs to their end, then reaps and reports the status.
private func readAll(of child: Child, into outputs: Mailbox<ChannelOutput>) {
  var open = [child.output, child.errors]
  var buffer = [UInt8](repeating: 0, count: 65536)
  while !open.isEmpty {
    // A reader that lags must not cost memory without end.
    if outputs.count > 64 {
      usleep(2000)
      continue
    }
    var waits = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&waits, nfds_t(waits.count), -1) > 0 else { continue }
    for wait in waits where wait.revents != 0 {
      let count = Glibc.read(wait.fd, &buffer, buffer.count)
      if count > 0 {
        let bytes = Array(buffer[..<count])
        outputs.put(wait.fd == child.output ? .output(bytes) : .errors(bytes))
      } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
        Glibc.close(wait.fd)
        open.removeAll { $0 == wait.fd }
      }
    }
  }
  outputs.put(.end(status: child.wait()))
}

/// Pieces to be written in order by one thread. Who puts one waits until it is written.
private final class WriteQueue: Sendable {
  private struct State {
    var pieces: [(bytes: [UInt8], done: @Sendable (Bool) -> Void)] = []
    var isFinished = false
    var isBroken = false
  }

  private let state = Mutex(State())
  private let wake = Semaphore()

  /// False when the other side takes no more.
  func put(_ bytes: [UInt8]) async -> Bool {
    await withCheckedContinuation { written in
      if !put(bytes, done: { written.resume(returning: $0) }) { written.resume(returning: false) }
    }
  }

  /// False when it is not even taken.
  func put(_ bytes: [UInt8], done: @escaping @Sendable (Bool) -> Void) -> Bool {
    let isTaken = state.withLock { state in
      guard !state.isFinished, !state.isBroken else { return false }
      state.pieces.append((bytes, done))
      return true
    }
    if isTaken { wake.signal() }
    return isTaken
  }

  func finish() {
    state.withLock { $0.isFinished = true }
    wake.signal()
  }

  func drain(into descriptor: Int32) {
    while true {
      wake.wait()
      let piece = state.withLock { $0.pieces.isEmpty ? nil : $0.pieces.removeFirst() }
      guard let piece else {
        if state.withLock({ $0.isFinished }) { break }
        continue
      }
      let isWritten = write(piece.bytes, to: descriptor)
      if !isWritten { state.withLock { $0.isBroken = true } }
      piece.done(isWritten)
    }
    Glibc.close(descriptor)
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count > 0 {
        sent += count
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
