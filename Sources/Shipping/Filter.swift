import Glibc
import Processes

/// A program between two pipes, fed and read by turns from one thread: neither side can block
/// the other, and whoever drops it half way leaves no process behind.
struct Filter: ~Copyable, Sendable {
  private let program: String
  private let child: Child
  private var unsent: [UInt8] = []
  private var sent = 0
  private var inputIsOpen = true
  private var isReaped = false

  init(_ words: [String], purpose: String) throws(ShippingError) {
    program = words.first ?? ""
    do {
      child = try Child.start(
        Command(words), input: .pipe, output: .pipe, errors: .inherit, ownSession: true)
    } catch {
      throw .missingProgram(program, purpose: purpose)
    }
    // A program that ends early must show as EPIPE here, not end us.
    signal(SIGPIPE, SIG_IGN)
    _ = fcntl(child.input, F_SETFL, fcntl(child.input, F_GETFL) | O_NONBLOCK)
  }

  deinit {
    if inputIsOpen { close(child.input) }
    close(child.output)
    guard !isReaped else { return }
    kill(child.pid, SIGKILL)
    _ = child.wait()
  }

  /// The next piece of output, nil at its end. Whenever the program can take input, it gets some
  /// of the archive.
  mutating func next(
    upTo most: Int, feeding archive: inout TarStream
  ) throws(ShippingError) -> [UInt8]? {
    while true {
      var waits = [pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)]
      if inputIsOpen {
        waits.append(pollfd(fd: child.input, events: Int16(POLLOUT), revents: 0))
      }
      guard poll(&waits, nfds_t(waits.count), -1) > 0 else { continue }
      if waits[0].revents != 0 { return try receive(upTo: most) }
      if inputIsOpen {
        if sent == unsent.count {
          (unsent, sent) = (try archive.next(), 0)
        }
        send()
      }
    }
  }

  private mutating func send() {
    let count = unsent[sent...].withUnsafeBytes { write(child.input, $0.baseAddress, $0.count) }
    if count > 0 { sent += count }
    let isBroken = count < 0 && errno != EAGAIN && errno != EINTR
    guard unsent.isEmpty || isBroken else { return }
    close(child.input)
    inputIsOpen = false
  }

  private mutating func receive(upTo most: Int) throws(ShippingError) -> [UInt8]? {
    let piece = [UInt8](unsafeUninitializedCapacity: most) { buffer, filled in
      filled = 0
      // Pipes hold less than a piece: go on while there is more to be had at once.
      while filled < most {
        let count = read(child.output, buffer.baseAddress.map { $0 + filled }, most - filled)
        if count < 0, errno == EINTR { continue }
        filled += max(0, count)
        var wait = pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)
        guard count > 0, poll(&wait, 1, 0) > 0 else { return }
      }
    }
    guard piece.isEmpty else { return piece }
    let status = child.wait()
    isReaped = true
    guard status == 0, sent == unsent.count else {
      throw .programFailed(program, status: status, words: "")
    }
    return nil
  }
}
