import Execution
import Glibc
import Processes

/// Ctrl-C and TERM: the first asks politely, the second ends at once.
enum Signals {
  /// A handler may do next to nothing; it writes the signal's number here, and a thread reads it.
  ///
  /// Blocking the signals and waiting for them would be simpler, but the threads of the task pool
  /// come with masks of their own and would take them.
  private static let pipe: (reading: Int32, writing: Int32) = {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { return (-1, -1) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }()

  /// `farewell` is said before the second one ends the process.
  static func watch(_ interruption: Interruption, farewell: @escaping @Sendable () -> Void) {
    signal(SIGPIPE, SIG_IGN)
    let reading = pipe.reading
    guard reading >= 0 else { return }
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { number in
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(Signals.pipe.writing, &byte, 1)
      }
    }
    startThread {
      var byte: UInt8 = 0
      while true {
        guard read(reading, &byte, 1) == 1 else { continue }
        let code: Int32 = Int32(byte) == SIGINT ? 130 : 143
        if interruption.exitCode != nil { leave(code, farewell) }
        interruption.request(exitCode: code)
      }
    }
  }

  private static func leave(_ code: Int32, _ farewell: () -> Void) -> Never {
    // A terminal that was stopped with Ctrl-S takes no line, and must not keep anybody here.
    startThread {
      sleep(1)
      _exit(code)
    }
    farewell()
    _exit(code)
  }
}
