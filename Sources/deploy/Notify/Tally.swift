import Synchronization

/// What is known of a change when it has ended, host by host.
final class Tally: Sendable {
  struct Host: Sendable, Equatable {
    var name: String
    var exitCode: Int32
    var live: String?
    var was: String?
  }

  struct Origin: Sendable {
    var commit: String?
    var branch: String?
    var subject: String?
  }

  private struct State {
    var hosts: [Host] = []
    var origin = Origin()
    var isIdle = true
  }

  private let state = Mutex(State())

  var hosts: [Host] { state.withLock(\.hosts) }
  var origin: Origin { state.withLock(\.origin) }
  /// Whether no host was to be changed.
  var isIdle: Bool { state.withLock(\.isIdle) }

  func note(_ origin: Origin) { state.withLock { $0.origin = origin } }

  func note(_ host: Host, isIdle: Bool = false) {
    state.withLock {
      $0.hosts.append(host)
      if !isIdle { $0.isIdle = false }
    }
  }
}
