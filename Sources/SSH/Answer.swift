internal import Synchronization

/// A value that one thread waits for and somebody else gives.
final class Answer<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let bell = Bell()

  func give(_ value: Value) {
    self.value.withLock { $0 = value }
    bell.ring()
  }

  /// nil when the moment came first.
  func wait(until limit: Moment? = nil) -> Value? {
    while true {
      if let value = value.withLock({ $0 }) { return value }
      if let limit, limit.hasPassed { return nil }
      bell.wait(until: limit)
    }
  }
}
