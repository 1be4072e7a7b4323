import Remote
import Synchronization

/// What a streaming operation said besides its output.
final class FollowingEnd: Sendable {
  private struct State {
    var result: Int32?
    var refusal: AgentEvent.Refusal?
  }

  private let state = Mutex(State())

  var result: Int32? { state.withLock(\.result) }
  var refusal: AgentEvent.Refusal? { state.withLock(\.refusal) }

  func take(_ event: AgentEvent) {
    switch event {
    case .result(let status): state.withLock { $0.result = status }
    case .refused(let refusal): state.withLock { $0.refusal = refusal }
    default: break
    }
  }
}
