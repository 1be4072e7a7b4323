import Glibc
import Processes
import Synchronization

/// Does something every few seconds on a thread of its own: the cooperative pool may be busy for longer
/// than a host waits for a sign of life.
final class Heartbeat: Sendable {
  private let seconds: Int
  private let beat: @Sendable () -> Bool
  private let isOver = Mutex(false)

  /// `beat` says whether to go on.
  init(every seconds: Int, _ beat: @escaping @Sendable () -> Bool) {
    self.seconds = seconds
    self.beat = beat
  }

  func begin() {
    startThread { [self] in
      while sleeps(), beat() {}
    }
  }

  func end() { isOver.withLock { $0 = true } }

  /// In short steps, so that the thread does not stay long after its session.
  private func sleeps() -> Bool {
    for _ in 0..<(seconds * 5) {
      usleep(200_000)
      if isOver.withLock(\.self) { return false }
    }
    return true
  }
}

/// Something that is so or not, seen from any thread.
final class Flag: Sendable {
  private let state = Mutex(false)

  var isSet: Bool { state.withLock(\.self) }
  func set(to value: Bool) { state.withLock { $0 = value } }
}
