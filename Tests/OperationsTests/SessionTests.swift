import Operations
import Remote
import TestSupport
import Testing

@Suite("A session", .serialized)
struct SessionTests {
  @Test("an operation ends where its first command fails", arguments: Shell.all)
  func stopsAtTheFirstFailure(in shell: Shell) async throws {
    let rig = try Rig(shell)
    // Nothing was staged, so that `commit` fails at its first move. What follows would still make
    // a link and write a line.
    let ending = try await rig.carryOut([.commit(.make("20261120-173310"), more: "")])
    #expect(ending.ending == .stopped(2))
    #expect(rig.ledger.isEmpty)
    #expect(!rig.exists("releases/20261120-173310"))
  }
}
