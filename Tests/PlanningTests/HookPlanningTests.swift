import Operations
import TestSupport
import Testing

@testable import Planning

@Suite("Where and when a hook runs")
struct HookPlanningTests {
  static let three: Settings = {
    var settings = Settings.plain
    settings.hosts = [("web1", ["web"]), ("work1", ["worker"]), ("work2", ["worker"])].map {
      var host = Settings.Host.web($0.0)
      host.roles = $0.1
      return host
    }
    return settings
  }()

  /// The hosts on which a push of a hook runs it.
  private func hosts(_ change: (inout Settings.Hook) -> Void) throws -> [String] {
    var settings = Self.three
    var hook = Settings.Hook(run: "hook")
    change(&hook)
    settings.hooks.afterFlip = [hook]
    return try settings.hosts.filter { host in
      try PushPlanner(
        settings: settings, host: host, state: History.pushed(1...2).state,
        release: History.release(50), requester: Requester(actor: "ann", client: "laptop"),
        shipment: pushPlanner(History()).shipment
      ).plan().operations.contains { $0.verb == "hook" }
    }.map(\.name)
  }

  @Test("by role, or on the first host that has it")
  func audience() throws {
    #expect(try hosts { _ in } == ["web1", "work1", "work2"])
    #expect(try hosts { $0.hosts = .first } == ["web1"])
    #expect(try hosts { $0.hosts = .roles(["worker"]) } == ["work1", "work2"])
    #expect(try hosts { $0.hosts = .roles(["db"]) } == [])
    #expect(try hosts { $0.once = .deploy } == ["web1"])
    #expect(
      try hosts {
        $0.hosts = .roles(["worker"])
        $0.once = .ever
      } == ["work1"])
    #expect(try hosts { $0.migrates = true } == ["web1"])
  }

  private func isPlanned(_ once: Settings.Hook.Once, ran number: Int, key: String = "seed") throws
    -> Bool
  {
    var settings = Settings.plain
    var hook = Settings.Hook(run: "seed")
    hook.once = once
    settings.hooks.afterFlip = [hook]
    var history = History.pushed(1...3)
    history.add(.ran, number, key: key)
    return try rollbackPlanner(history, .release(History.release(1).text), settings).plan()
      .operations.contains { $0.verb == "hook" }
  }

  @Test("once for a release, or once and never again, as the ledger remembers it")
  func once() throws {
    #expect(try isPlanned(.deploy, ran: 1))
    #expect(try !isPlanned(.release, ran: 1))
    #expect(try isPlanned(.release, ran: 2))
    #expect(try !isPlanned(.ever, ran: 2))
    #expect(try isPlanned(.ever, ran: 2, key: "another"))
  }

  @Test("what ran once on one host is remembered by the others, and runs on none of them")
  func elsewhere() throws {
    var settings = Self.three
    var hook = Settings.Hook(run: "seed")
    hook.once = .ever
    settings.hooks.beforeFlip = [hook]
    func verbs(on index: Int, _ state: HostState) throws -> [String] {
      try PushPlanner(
        settings: settings, host: settings.hosts[index], state: state,
        release: History.release(50), requester: Requester(actor: "ann", client: "laptop"),
        shipment: pushPlanner(History()).shipment
      ).plan().operations.map(\.verb).filter { ["hook", "ran_elsewhere"].contains($0) }
    }
    var history = History.pushed(1...2)
    #expect(try verbs(on: 0, history.state) == ["hook"])
    #expect(try verbs(on: 1, history.state) == ["ran_elsewhere"])
    history.add(.ran, 2, key: "seed")
    #expect(try verbs(on: 0, history.state) == [])
    #expect(try verbs(on: 1, history.state) == [])
    var state = History.pushed(1...2).state
    state.ranElsewhere = history.state.ledger.filter { $0.event == .ran }
    #expect(try verbs(on: 0, state) == [])
    settings.hosts.removeFirst()
    #expect(try verbs(on: 0, state) == [])
  }

  @Test("no migration runs at a rollback, and those that ran since are named")
  func migrations() throws {
    var settings = Settings.plain
    var hook = Settings.Hook(run: "migrate")
    hook.migrates = true
    settings.hooks.beforeFlip = [hook]
    settings.hooks.afterFlip = [hook]
    var history = History.pushed(1...1)
    history.add(.ran, 1, why: "migration", key: "first")
    history.add(.ran, 2, why: "migration", key: "second")
    history.add(.ran, 2, key: "seed")
    history.push(2)
    let planner = rollbackPlanner(history, .previous, settings)
    #expect(try planner.plan().operations.allSatisfy { $0.verb != "hook" })
    #expect(
      try planner.migrations().map { $0.prefix { $0 != " " } } == ["first", "second"])
    history.rollBack(to: 1)
    #expect(try rollbackPlanner(history, .undo, settings).migrations() == [])
  }

  @Test("an event of a later version is read like any other")
  func unknownEvent() throws {
    var history = History.pushed(1...2)
    history.add(LedgerRecord.Event(rawValue: "blessed"), 2)
    #expect(history.state.ledger.last?.event.rawValue == "blessed")
    #expect(history.state.live?.id == History.release(2))
  }

  @Test("what a release is does not change because a hook ran", arguments: 1...3)
  func states(number: Int) throws {
    var history = History.pushed(1...2)
    history.add(.prepared, 3)
    let before = history.state.releases.map { "\($0.id) \($0.state)" }
    history.add(.ran, number, key: "x")
    #expect(Set(history.state.releases.map { "\($0.id) \($0.state)" }) == Set(before))
  }
}
