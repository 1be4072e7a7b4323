import Synchronization

/// What is done when a command has ended and reported: it can delay nobody and change no exit code.
final class Aftermath: Sendable {
  typealias Work = @Sendable (Ending) async -> Void

  /// How a command ended.
  struct Ending: Sendable {
    var exitCode: Int32
    /// What was reported, when it ended badly.
    var message: String?
  }

  private let work = Mutex<[Work]>([])

  func add(_ one: @escaping Work) { work.withLock { $0.append(one) } }

  func begin(_ ending: Ending) async {
    let all = work.withLock { work in
      defer { work = [] }
      return work
    }
    for one in all { await one(ending) }
  }
}
