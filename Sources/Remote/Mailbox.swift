import Synchronization

/// Hands values from a thread to one waiting task, with a limit on the wait.
///
/// An `AsyncStream` cannot be waited on with a limit and then waited on again; this can.
final class Mailbox<Value: Sendable>: Sendable {
  private struct State {
    var values: [Value] = []
    var taken = 0
    var waiter: (ticket: Int, continuation: CheckedContinuation<Value?, Never>)?
    var tickets = 0
    /// The last wait that is over: a short limit can pass before its waiter stands in line.
    var expired = 0
  }

  private let state = Mutex(State())

  /// How many values wait to be taken.
  var count: Int { state.withLock { $0.values.count - $0.taken } }

  func put(_ value: sending Value) {
    let waiter = state.withLock { state -> CheckedContinuation<Value?, Never>? in
      guard let waiter = state.waiter else {
        state.values.append(value)
        return nil
      }
      state.waiter = nil
      return waiter.continuation
    }
    waiter?.resume(returning: value)
  }

  /// The next value, or nil when none came within the limit.
  func next(within limit: Duration) async -> Value? {
    let ticket = state.withLock { state in
      state.tickets += 1
      return state.tickets
    }
    let timer = Task {
      try? await Task.sleep(for: limit)
      if !Task.isCancelled { self.giveUp(ticket) }
    }
    defer { timer.cancel() }
    return await withCheckedContinuation { continuation in
      let ready = state.withLock { state -> Value?? in
        guard state.taken < state.values.count else {
          guard state.expired < ticket else { return .some(nil) }
          state.waiter = (ticket, continuation)
          return nil
        }
        let value = state.values[state.taken]
        state.taken += 1
        if state.taken == state.values.count {
          state.values.removeAll(keepingCapacity: true)
          state.taken = 0
        } else if state.taken == 256 {
          // A reader that never catches up must not keep all that it read.
          state.values.removeFirst(state.taken)
          state.taken = 0
        }
        return value
      }
      if let ready { continuation.resume(returning: ready) }
    }
  }

  private func giveUp(_ ticket: Int) {
    let waiter = state.withLock { state -> CheckedContinuation<Value?, Never>? in
      state.expired = max(state.expired, ticket)
      guard let waiter = state.waiter, waiter.ticket == ticket else { return nil }
      state.waiter = nil
      return waiter.continuation
    }
    waiter?.resume(returning: nil)
  }
}
