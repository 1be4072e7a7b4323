internal import Remote
internal import Synchronization

/// The way into a connection's thread: tasks leave commands, the thread takes them in order.
final class OrderQueue: Sendable {
  typealias Order = @Sendable (Pump) -> Void

  private enum State {
    case open([Order])
    case shut(RemoteError)
  }

  /// Readable when there is something to take.
  let bell = Bell()
  private let state = Mutex(State.open([]))

  /// nil when the order will be carried out, else why there is nobody left to do so.
  func post(_ order: @escaping Order) -> RemoteError? {
    let refusal: RemoteError? = state.withLock { state in
      switch state {
      case .open(let orders):
        state = .open(orders + [order])
        return nil
      case .shut(let why): return why
      }
    }
    if refusal == nil { bell.ring() }
    return refusal
  }

  func take() -> [Order] {
    bell.silence()
    return state.withLock { state in
      guard case .open(let orders) = state else { return [] }
      state = .open([])
      return orders
    }
  }

  /// From now on nothing is taken. Returns what had been left.
  func shut(_ why: RemoteError) -> [Order] {
    state.withLock { state in
      guard case .open(let orders) = state else { return [] }
      state = .shut(why)
      return orders
    }
  }
}
