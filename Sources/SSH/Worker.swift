internal import Glibc
internal import Processes

/// Threads for work that blocks, so that it never blocks the pool that tasks run on.
enum Worker {
  /// Runs a blocking piece of work on a thread of its own and awaits its result.
  static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      startThread { continuation.resume(returning: body()) }
    }
  }

  /// The other way round: a worker's thread waits for an answer that only a task can give, as a
  /// person at a terminal does. Never to be called from the pool.
  static func wait<Value: Sendable>(for question: @escaping @Sendable () async -> Value) -> Value? {
    let answer = Answer<Value>()
    Task {
      answer.give(await question())
    }
    return answer.wait()
  }
}
