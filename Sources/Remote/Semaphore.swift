import Glibc

/// A counting semaphore between a task that signals and a thread that waits.
final class Semaphore: @unchecked Sendable {
  // The semaphore needs a fixed address, which a stored property of a class does not promise.
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }

  func wait() { while sem_wait(semaphore) != 0 {} }
}
