import Glibc

/// Runs blocking work on a thread of its own: the cooperative pool must never wait for a pipe.
public func startThread(_ work: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }
  var thread = pthread_t()
  let box = Unmanaged.passRetained(Box(work))
  let code = pthread_create(
    &thread, nil,
    { argument in
      guard let argument else { return nil }
      Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().work()
      return nil
    }, box.toOpaque())
  precondition(code == 0, "the system gives no more threads")
  pthread_detach(thread)
}

/// Awaits blocking work that runs on a thread of its own. On a machine with one core the pool is one
/// thread: a build that blocked it would silence every heartbeat, and hosts would give us up for dead.
public func onThread<Value: Sendable>(
  _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    startThread { continuation.resume(with: Result { try work() }) }
  }
}
