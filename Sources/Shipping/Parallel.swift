import Glibc

/// Does parts of a blocking piece of work on threads of their own and waits for all of them.
///
/// Not on Swift's cooperative pool: that has one thread a core, and reading files would hold them.
func inParallel<Value: Sendable>(
  _ parts: Int, _ work: @escaping @Sendable (Int) -> Value
) -> [Value] {
  let jobs = (0..<parts).map { part in Job { work(part) } }
  let threads = jobs.map { job in
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { pointer in
        if let pointer { Unmanaged<AnyJob>.fromOpaque(pointer).takeUnretainedValue().run() }
        return nil
      }, Unmanaged<AnyJob>.passUnretained(job).toOpaque())
    return code == 0 ? thread : nil
  }
  return zip(jobs, threads).map { job, thread in
    if let thread { pthread_join(thread, nil) }
    return job.value ?? job.work()
  }
}

/// What a thread's C function can be handed; it knows no generics.
private class AnyJob {
  func run() {}
}

/// Written by its thread only, read after the thread has ended.
private final class Job<Value: Sendable>: AnyJob {
  let work: @Sendable () -> Value
  var value: Value?

  init(_ work: @escaping @Sendable () -> Value) { self.work = work }

  override func run() { value = work() }
}
