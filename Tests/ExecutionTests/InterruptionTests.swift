import Synchronization
import Testing

@testable import Execution

@Suite("A wish to stop")
struct InterruptionTests {
  @Test("runs what was registered, also later, and not what was forgotten")
  func actions() {
    let ran = Mutex<[String]>([])
    let interruption = Interruption()
    interruption.whenRequested { ran.withLock { $0.append("first") } }
    let ended = interruption.whenRequested { ran.withLock { $0.append("ended") } }
    interruption.whenRequested { ran.withLock { $0.append("second") } }
    interruption.forget(ended)
    #expect(ran.withLock(\.self).isEmpty)
    interruption.request(exitCode: 130)
    interruption.whenRequested { ran.withLock { $0.append("late") } }
    #expect(ran.withLock(\.self) == ["first", "second", "late"])
    #expect(interruption.exitCode == 130)
  }
}
