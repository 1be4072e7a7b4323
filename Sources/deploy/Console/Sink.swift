import Glibc

/// Where the console's bytes go: file descriptors, or memory in tests.
protocol Sink: Sendable {
  func write(_ bytes: [UInt8], to stream: Stream)
}

enum Stream: Sendable, Equatable {
  /// What was asked for.
  case results
  /// How it goes, and what went wrong.
  case reports

  var descriptor: Int32 {
    switch self {
    case .results: STDOUT_FILENO
    case .reports: STDERR_FILENO
    }
  }
}

/// Standard output and errors, written with write(2): a `FILE` would buffer, and lose its buffer
/// when the process is killed.
struct FileSink: Sink {
  /// A reader that went away, as in `deploy history | head`, must not kill a deployment half way,
  /// so SIGPIPE is off from here on and EPIPE means that nobody wants to know.
  init() { signal(SIGPIPE, SIG_IGN) }

  func write(_ bytes: [UInt8], to stream: Stream) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(stream.descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // Someone made the terminal non-blocking; others that share it may have.
        var wait = pollfd(fd: stream.descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&wait, 1, 1000)
      } else if errno != EINTR {
        return
      }
    }
  }
}
