import Operations
import Planning
import TestSupport
import Testing

@Suite("The choice of a rollback")
struct RollbackPlannerTests {
  private func target(
    _ history: History, _ choice: RollbackPlanner.Choice = .previous
  ) throws -> ReleaseID { try rollbackPlanner(history, choice).target().id }

  @Test("a second rollback goes further back, until nothing is left")
  func walksBack() throws {
    var history = History.pushed(1...4)
    for number in [3, 2, 1] {
      #expect(try target(history) == History.release(number))
      history.rollBack(to: number)
    }
    #expect(throws: PlanningError.noRollbackTarget) { try target(history) }
  }

  @Test("after a rollback and a push it returns to what the push replaced")
  func afterPush() throws {
    var history = History.pushed(1...3)
    history.rollBack(to: 1)
    history.push(4)
    #expect(try target(history) == History.release(1))
    // And from there not to a release that was rolled back from.
    history.rollBack(to: 1)
    #expect(throws: PlanningError.noRollbackTarget) { try target(history) }
  }

  @Test("what failed or never went live is not chosen")
  func skipsFailed() throws {
    var history = History.pushed(1...2)
    history.add(.prepared, 3)
    history.add(.live, 3)
    history.rollBack(to: 2, why: "returned")
    history.add(.failed, 3)
    history.add(.prepared, 4)
    #expect(try target(history) == History.release(1))
    history.push(5)
    #expect(try target(history) == History.release(2))
  }

  @Test("a release whose directory is gone is passed over")
  func passesOver() throws {
    var history = History.pushed(1...4)
    history.state.directories.removeAll { $0.name == History.release(3).text }
    #expect(try target(history) == History.release(2))
    history.add(.retired, 2)
    #expect(try target(history) == History.release(1))
  }

  @Test("a ledger that reaches no further leaves the order in which releases went live")
  func cutLedger() throws {
    var history = History.pushed(1...4)
    history.state.ledger.removeAll { $0.seq < 4 }
    history.state.ledger[0].from = nil
    #expect(try target(history) == History.release(3))
    history.rollBack(to: 3)
    #expect(try target(history) == History.release(2))
  }

  @Test("undo goes back to where the last rollback came from, once")
  func undo() throws {
    var history = History.pushed(1...3)
    #expect(throws: PlanningError.nothingToUndo) { try target(history, .undo) }
    history.rollBack(to: 1)
    #expect(try target(history, .undo) == History.release(3))
    history.rollBack(to: 3, why: "undo")
    #expect(throws: PlanningError.nothingToUndo) { try target(history, .undo) }
    history.rollBack(to: 2)
    history.push(4)
    #expect(throws: PlanningError.nothingToUndo) { try target(history, .undo) }
  }

  @Test("a named release must have been live and be there")
  func named() throws {
    var history = History.pushed(1...3)
    history.add(.prepared, 4)
    history.add(.retired, 1)
    func choose(_ number: Int) throws -> ReleaseID {
      try target(history, .release(History.release(number).text))
    }
    #expect(try choose(2) == History.release(2))
    #expect(throws: PlanningError.alreadyLive(name: History.release(3).text)) { try choose(3) }
    #expect(throws: PlanningError.failedRelease(name: History.release(4).text)) { try choose(4) }
    for name in [History.release(1).text, "", "current", "../shared", "vendor"] {
      #expect(
        throws: PlanningError.notARelease(name: name, choices: [History.release(2).text])
      ) { try target(history, .release(name)) }
    }
  }

  @Test("errors of a rollback exit with 18, and say what to type")
  func errors() {
    let errors: [PlanningError] = [
      .noRollbackTarget, .notARelease(name: "x", choices: []), .failedRelease(name: "x"),
      .alreadyLive(name: "x"), .nothingToUndo,
    ]
    for error in errors {
      #expect(error.exitCode == 18)
      #expect(error.next.contains("`deploy "))
    }
  }
}
