import Operations
import Planning
import TestSupport
import Testing

@Suite("Plans as people read them")
struct GoldenPlanTests {
  struct Case: Sendable, CustomStringConvertible {
    let description: String
    let plans: @Sendable () throws -> [Plan]
  }

  static let cases = [
    Case(description: "first-push") { [try pushPlanner(History(), number: 1).plan()] },
    Case(description: "push") { [try pushPlanner(.pushed(1...2)).plan()] },
    Case(description: "push-with-hooks-and-shared") {
      var history = History.pushed(1...2)
      history.state.shared = [".env": .file, "storage": .directory]
      return [try pushPlanner(history, .full).plan()]
    },
    Case(description: "push-to-several-hosts") {
      var settings = Settings.full
      settings.shared.files = []
      return try ["web1", "web2"].map {
        try pushPlanner(.pushed(1...2), settings, host: $0, isOneOfSeveral: true).plan()
      }
    },
    Case(description: "push-that-sweeps-and-retires") {
      var history = History.pushed(1...4)
      history.add(.prepared, 5)
      history.add(.prepared, 6)
      history.add(.live, 6)
      history.rollBack(to: 4, why: "returned")
      history.add(.failed, 6)
      history.state.directories.append(HostState.Directory(name: "vendor"))
      return [try pushPlanner(history).plan()]
    },
    Case(description: "push-of-a-site") {
      [try pushPlanner(.pushed(1...5), .site).plan()]
    },
    Case(description: "push-with-health") {
      var history = History.pushed(1...2)
      history.state.shared = [".env": .file]
      return [try pushPlanner(history, .watched).plan()]
    },
    Case(description: "rollback-with-health") {
      [try rollbackPlanner(.pushed(1...3), .previous, .watched).plan()]
    },
    Case(description: "rollback-of-a-site") {
      [try rollbackPlanner(.pushed(1...3), .previous, .site).plan()]
    },
    Case(description: "push-over-a-broken-current") {
      var history = History.pushed(1...2)
      history.state.current = .link(target: "releases/gone", isWhole: false)
      return [try pushPlanner(history).plan()]
    },
    Case(description: "rollback") {
      var history = History.pushed(1...3)
      history.state.shared = [".env": .file]
      return [try rollbackPlanner(history, .previous, .full).plan()]
    },
    Case(description: "rollback-to") {
      [try rollbackPlanner(.pushed(1...3), .release(History.release(1).text)).plan()]
    },
    Case(description: "push-with-every-hook") {
      [try pushPlanner(.pushed(1...2), .hooked).plan()]
    },
    Case(description: "rollback-with-every-hook") {
      [try rollbackPlanner(.pushed(1...3), .previous, .hooked).plan()]
    },
    Case(description: "down") {
      let planner = MaintenancePlannerTests.planner(
        .pushed(1...2), .down(MaintenancePlannerTests.downtime))
      return [try planner.plan()].compactMap(\.self)
    },
    Case(description: "up") {
      let history = MaintenancePlannerTests.down(.pushed(1...2))
      return [try MaintenancePlannerTests.planner(history, .up).plan()].compactMap(\.self)
    },
    Case(description: "push-while-down") {
      let history = MaintenancePlannerTests.down(.pushed(1...2))
      return [try pushPlanner(history, MaintenancePlannerTests.settings).plan()]
    },
    Case(description: "rollback-while-down") {
      let history = MaintenancePlannerTests.down(.pushed(1...3))
      return [try rollbackPlanner(history, .previous, MaintenancePlannerTests.settings).plan()]
    },
    Case(description: "undo") {
      var history = History.pushed(1...3)
      history.rollBack(to: 2)
      return [try rollbackPlanner(history, .undo).plan()]
    },
  ]

  @Test("a plan is the one that was written down", arguments: cases)
  func golden(what: Case) throws {
    let text = try what.plans().map(\.text).joined()
    #expect(
      text
        == (try Golden.text("Plans/\(what.description).txt", expecting: text, beside: #filePath)))
  }

  @Test("every operation of a plan has a summary of one line")
  func summaries() throws {
    for what in Self.cases {
      for operation in try what.plans().flatMap(\.operations) {
        #expect(!operation.summary.isEmpty && !operation.summary.contains("\n"))
      }
    }
  }
}
