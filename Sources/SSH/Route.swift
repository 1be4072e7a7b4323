internal import Glibc
internal import Processes
internal import Remote
internal import Synchronization

/// What the bytes of a session go through: the network alone, a jump host's connection, or a
/// program.
enum Route: Sendable {
  case direct
  case jump(SSHConnection)
  case program(ProxyProgram)

  func close() async {
    switch self {
    case .direct: break
    case .jump(let connection): await connection.close()
    case .program(let program): program.end()
    }
  }

  /// What the program said on its standard error, for the message of a failure.
  var complaint: String? {
    switch self {
    case .direct, .jump: nil
    case .program(let program): program.complaint
    }
  }
}

/// A ProxyCommand: a program whose input and output are the connection.
final class ProxyProgram: Sendable {
  private let child: Child
  private let errors: Int32
  private let hasEnded = Mutex(false)

  private init(_ child: Child, errors: Int32) {
    self.child = child
    self.errors = errors
  }

  deinit {
    end()
    Glibc.close(errors)
  }

  static func start(_ command: String, environment: [String: String])
    throws(RemoteError) -> (program: ProxyProgram, descriptor: Int32)
  {
    let ends = try SocketPair.make()
    defer { Glibc.close(ends.theirs) }
    // A file and not a pipe: nobody has to empty it while the connection lives.
    let name = "\(environment["TMPDIR"] ?? "/tmp")/deploy-proxy-\(UInt64.random(in: 0 ... .max))"
    let errors = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard errors >= 0 else {
      Glibc.close(ends.ours)
      throw .local("cannot make '\(name)': \(String(cString: strerror(errno)))")
    }
    unlink(name)
    do throws(ProcessError) {
      let child = try Child.start(
        Command(["/bin/sh", "-c", "exec \(command)"], environment: environment),
        input: .descriptor(ends.theirs), output: .descriptor(ends.theirs),
        errors: .descriptor(errors), ownSession: true)
      return (ProxyProgram(child, errors: errors), ends.ours)
    } catch {
      Glibc.close(ends.ours)
      Glibc.close(errors)
      throw .local(error.description)
    }
  }

  func end() {
    let isFirst = hasEnded.withLock { ended in
      defer { ended = true }
      return !ended
    }
    guard isFirst else { return }
    kill(-child.pid, SIGTERM)
    for _ in 0..<100 {
      if waitpid(child.pid, nil, WNOHANG) != 0 { return }
      usleep(3_000)
    }
    kill(-child.pid, SIGKILL)
    _ = child.wait()
  }

  var complaint: String? {
    var text = [UInt8](repeating: 0, count: 2_000)
    let count = pread(errors, &text, text.count, 0)
    guard count > 0 else { return nil }
    return String(decoding: text[..<count], as: UTF8.self)
      .split(whereSeparator: \.isNewline).joined(separator: "; ")
  }
}

enum SocketPair {
  static func make() throws(RemoteError) -> (ours: Int32, theirs: Int32) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw .local("cannot make a socket pair: \(String(cString: strerror(errno)))")
    }
    return (ends[0], ends[1])
  }
}
