import Synchronization

/// A person's or a CI job's wish to stop, asked once and politely.
public final class Interruption: Sendable {
  private struct State {
    var exitCode: Int32?
    var actions: [(number: Int, run: @Sendable () -> Void)] = []
    var count = 0
    var agents: [String: String] = [:]
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
    for action in actions { action.run() }
  }

  /// Runs when the wish comes, or at once when it is here already.
  @discardableResult
  public func whenRequested(_ action: @escaping @Sendable () -> Void) -> Registration {
    let (number, isHere) = state.withLock { state in
      state.count += 1
      state.actions.append((state.count, action))
      return (state.count, state.exitCode != nil)
    }
    if isHere { action() }
    return Registration(number: number)
  }

  /// What a registered action is known by.
  public struct Registration: Sendable {
    fileprivate let number: Int
  }

  /// For an action whose object has ended: a process's number, for one, may soon be another's.
  public func forget(_ registration: Registration) {
    state.withLock { $0.actions.removeAll { $0.number == registration.number } }
  }

  /// What an agent does by itself should this process end at once; nil when it has nothing left to do.
  public func note(agentOn host: String, _ words: String?) {
    state.withLock { $0.agents[host] = words }
  }

  /// A sentence for each agent at work, by the host's name.
  public var leftBehind: [String] {
    state.withLock(\.agents).sorted { $0.key < $1.key }.map { "the agent on \($0.key) \($0.value)" }
  }
}
