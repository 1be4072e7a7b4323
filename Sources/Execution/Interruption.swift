import Synchronization

/// A person's or a CI job's wish to stop, asked once and politely.
public final class Interruption: Sendable {
  private struct State {
    var exitCode: Int32?
    var actions: [@Sendable () -> Void] = []
  }

  private let state = Mutex(State())

  public init() {}

  /// 130 after Ctrl-C, 143 after TERM; nil as long as nobody asked.
  public var exitCode: Int32? { state.withLock(\.exitCode) }

  public func request(exitCode: Int32) {
    let actions = state.withLock { state in
      state.exitCode = exitCode
      return state.actions
    }
    for action in actions { action() }
  }

  /// Runs when the wish comes, or at once when it is here already.
  public func whenRequested(_ action: @escaping @Sendable () -> Void) {
    let isHere = state.withLock { state in
      state.actions.append(action)
      return state.exitCode != nil
    }
    if isHere { action() }
  }
}
