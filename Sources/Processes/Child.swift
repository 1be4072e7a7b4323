import CGNU
import Glibc

/// A running child process and our ends of its pipes.
///
/// The descriptors are close-on-exec and belong to whoever holds the value; `wait` reaps.
public struct Child: Sendable {
  public let pid: Int32
  /// Write end of the child's standard input, or -1.
  public let input: Int32
  /// Read ends of its output and errors, or -1.
  public let output: Int32
  public let errors: Int32

  public enum Stream: Sendable {
    case pipe
    case null
    case inherit
    /// A descriptor that the child takes over; it stays open here.
    case descriptor(Int32)
  }

  /// With `ownSession` the child leads a session of its own: a terminal's Ctrl-C does not reach
  /// it, and `kill(-pid)` reaches all it started.
  public static func start(
    _ command: Command, input: Stream, output: Stream, errors: Stream, ownSession: Bool = false
  ) throws(ProcessError) -> Child {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    if ownSession { flags |= 0x80 }  // POSIX_SPAWN_SETSID, hidden behind _GNU_SOURCE.
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var ours: [Int32] = [-1, -1, -1]
    var theirs: [Int32] = []
    defer { for descriptor in theirs { Glibc.close(descriptor) } }
    for (number, stream) in [input, output, errors].enumerated() {
      switch stream {
      case .inherit: break
      case .null:
        posix_spawn_file_actions_addopen(
          &actions, Int32(number), "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0)
      case .descriptor(let descriptor):
        posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
      case .pipe:
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else {
          let code = errno
          for descriptor in ours where descriptor >= 0 { Glibc.close(descriptor) }
          throw .cannotStart(program: command.words.first ?? "", errno: code)
        }
        let (child, parent) = number == 0 ? (ends[0], ends[1]) : (ends[1], ends[0])
        ours[number] = parent
        theirs.append(child)
        posix_spawn_file_actions_adddup2(&actions, child, Int32(number))
      }
    }
    if let directory = command.directory {
      posix_spawn_file_actions_addchdir_np(&actions, directory)
    }

    var arguments: [UnsafeMutablePointer<CChar>?] = command.words.map { strdup($0) } + [nil]
    defer { for word in arguments { free(word) } }
    var variables: [UnsafeMutablePointer<CChar>?] =
      (command.environment ?? [:]).map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for variable in variables { free(variable) } }
    var pid: Int32 = 0
    let code: Int32
    if command.environment == nil {
      code = posix_spawnp(
        &pid, command.words.first ?? "", &actions, &attributes, &arguments, environ)
    } else {
      code = posix_spawnp(
        &pid, command.words.first ?? "", &actions, &attributes, &arguments, &variables)
    }
    guard code == 0 else {
      for descriptor in ours where descriptor >= 0 { Glibc.close(descriptor) }
      throw .cannotStart(program: command.words.first ?? "", errno: code)
    }
    return Child(pid: pid, input: ours[0], output: ours[1], errors: ours[2])
  }

  /// Feeds the input and gathers both outputs in one loop, so that neither side can block the
  /// other; then reaps.
  public func collect(feeding bytes: [UInt8] = []) -> Command.Result {
    signal(SIGPIPE, SIG_IGN)
    var result = Command.Result(status: 0, output: [], errors: [])
    var sent = 0
    var writing = input
    if writing >= 0 {
      _ = fcntl(writing, F_SETFL, fcntl(writing, F_GETFL) | O_NONBLOCK)
    }
    var reading = [output, errors]
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      if writing >= 0, sent == bytes.count {
        Glibc.close(writing)
        writing = -1
      }
      var waits: [pollfd] = []
      if writing >= 0 { waits.append(pollfd(fd: writing, events: Int16(POLLOUT), revents: 0)) }
      for descriptor in reading where descriptor >= 0 {
        waits.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
      }
      guard !waits.isEmpty else { break }
      guard poll(&waits, nfds_t(waits.count), -1) > 0 else { continue }
      for wait in waits where wait.revents != 0 {
        if wait.fd == writing {
          let count = bytes[sent...].withUnsafeBytes {
            Glibc.write(writing, $0.baseAddress, $0.count)
          }
          if count > 0 {
            sent += count
          } else if count < 0, errno != EAGAIN, errno != EINTR {
            sent = bytes.count
          }
          continue
        }
        let count = Glibc.read(wait.fd, &buffer, buffer.count)
        if count > 0 {
          if wait.fd == output {
            result.output += buffer[..<count]
          } else {
            result.errors += buffer[..<count]
          }
        } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
          Glibc.close(wait.fd)
          reading = reading.map { $0 == wait.fd ? -1 : $0 }
        }
      }
    }
    result.status = wait()
    return result
  }

  /// Waits for the end and reaps. 128 plus the signal's number when a signal ended it.
  public func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }
}
