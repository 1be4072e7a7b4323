import Synchronization

@testable import deploy

/// A sink that remembers, and a clock that stands still until it is told.
final class ConsoleRecorder: Sink {
  private struct State {
    var results: [UInt8] = []
    var reports: [UInt8] = []
    var now = ContinuousClock.now
  }

  private let state = Mutex(State())

  func write(_ bytes: [UInt8], to stream: deploy.Stream) {
    state.withLock {
      switch stream {
      case .results: $0.results += bytes
      case .reports: $0.reports += bytes
      }
    }
  }

  func wait(_ duration: Duration) { state.withLock { $0.now += duration } }

  var results: String { String(decoding: state.withLock(\.results), as: UTF8.self) }
  var reports: String { String(decoding: state.withLock(\.reports), as: UTF8.self) }
  var bytes: [UInt8] { state.withLock { $0.results + $0.reports } }

  func console(
    _ mode: Console.Mode = .text, _ detail: Console.Detail = .normal,
    _ surroundings: Surroundings = Surroundings()
  ) -> Console {
    Console(
      mode: mode, detail: detail, surroundings: surroundings, sink: self,
      now: { self.state.withLock(\.now) })
  }
}

extension Surroundings {
  static let terminal = Surroundings(
    columns: 60, resultsAreTerminal: true, reportsAreTerminal: true,
    environment: ["TERM": "xterm"])

  func with(_ name: String, _ value: String) -> Surroundings {
    var copy = self
    copy.environment[name] = value
    return copy
  }
}
