import Glibc
import Processes

/// A command of the project that turns an export into what is shipped.
struct BuildCommand {
  let command: String
  let directory: String
  let variables: [String: String]

  private static let linesShown = 40

  /// Runs it to its end. What it prints is told as it comes; for a failure its end is kept.
  func run(report: (PreparationEvent) -> Void) throws(ShippingError) {
    let child = try start()
    report(.buildStarted(command: command, group: child.pid))
    let tail = gather(child) { report(.buildPrinted($0)) }
    // Before it is reaped: from then on its number may be another process's.
    report(.buildEnded(group: child.pid))
    let status = child.wait()
    guard status == 0 else {
      throw .buildFailed(
        command: command, status: status, lastLines: tail.lastLines(Self.linesShown))
    }
    report(.buildFinished(command: command))
  }

  private func start() throws(ShippingError) -> Child {
    // `env` adds to the environment without passing the rest of it through strings.
    let assignments = variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    do {
      return try Child.start(
        Command(["env"] + assignments + ["sh", "-c", command], in: directory),
        input: .null, output: .pipe, errors: .pipe, ownSession: true)
    } catch {
      throw .missingProgram("sh", purpose: "run the build")
    }
  }

  /// Reads until the command has ended, not until its pipes are closed: a process that it left
  /// in the background would hold them open for ever.
  private func gather(_ child: Child, printed: ([UInt8]) -> Void) -> OutputTail {
    defer {
      close(child.output)
      close(child.errors)
    }
    var tail = OutputTail()
    // One for each stream, so that no line is made of both.
    var lines: [Int32: LineCutter] = [:]
    defer { for file in [child.output, child.errors] { lines[file]?.end(printed) } }
    var open = [child.output, child.errors]
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let hasEnded = hasEnded(child)
      // What it left running would go on writing into a tree that is being shipped. The group
      // is ours for certain, because its leader is not reaped yet.
      if hasEnded { kill(-child.pid, SIGKILL) }
      var waits = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      let isQuiet = poll(&waits, nfds_t(waits.count), hasEnded ? 0 : 100) <= 0
      guard !(hasEnded && (isQuiet || open.isEmpty)) else { return tail }
      for wait in waits where wait.revents != 0 {
        let count = read(wait.fd, &buffer, buffer.count)
        if count > 0 {
          tail.append(buffer[..<count])
          lines[wait.fd, default: LineCutter()].cut(buffer[..<count], printed)
        } else if count == 0 || errno != EINTR {
          open.removeAll { $0 == wait.fd }
        }
      }
    }
  }

  private func hasEnded(_ child: Child) -> Bool {
    var info = siginfo_t()
    guard waitid(P_PID, id_t(child.pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 else {
      return errno != EINTR
    }
    return info.si_signo != 0
  }
}

/// The end of an output of any length.
private struct OutputTail {
  private static let most = 128 * 1024
  private var bytes: [UInt8] = []

  mutating func append(_ piece: ArraySlice<UInt8>) {
    bytes += piece
    if bytes.count > 2 * Self.most { bytes.removeFirst(bytes.count - Self.most) }
  }

  func lastLines(_ count: Int) -> [String] {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let whole = lines.last?.isEmpty == true ? lines.dropLast() : lines[...]
    return whole.suffix(count).map { line in
      // A progress bar overwrites its line: what was to be seen last counts.
      let visible = line.split(separator: UInt8(ascii: "\r")).last ?? []
      return shown(Array(visible.prefix(400)))
    }
  }
}

/// Whole lines of an output that comes in pieces.
private struct LineCutter {
  /// What prints no line end for so long is shown in parts.
  private static let longest = 16 * 1024
  private var rest: [UInt8] = []

  mutating func cut(_ piece: ArraySlice<UInt8>, _ tell: ([UInt8]) -> Void) {
    var lines = piece.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let last = lines.popLast() else { return }
    for line in lines {
      tell(rest + line)
      rest = []
    }
    rest += last
    if rest.count > Self.longest { end(tell) }
  }

  mutating func end(_ tell: ([UInt8]) -> Void) {
    if !rest.isEmpty { tell(rest) }
    rest = []
  }
}
