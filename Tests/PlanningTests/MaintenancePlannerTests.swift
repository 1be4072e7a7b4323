import Operations
import Planning
import TestSupport
import Testing

@Suite("Plans for maintenance")
struct MaintenancePlannerTests {
  static let downtime = Downtime(
    at: "2026-11-20T18:00:00Z", actor: "ann", message: "we <move> & \"tidy\"", retryAfter: 600,
    until: 1_700_000_600)

  static let settings: Settings = {
    var settings = Settings.full
    settings.shared.files = []
    settings.maintenance.down = [Settings.Hook(run: "php artisan down")]
    settings.maintenance.up = [Settings.Hook(run: "php artisan up")]
    return settings
  }()

  static func down(_ history: History) -> History {
    var history = history
    history.state.downtime = downtime
    history.state.clock = 1_700_000_000
    return history
  }

  static func planner(
    _ history: History, _ direction: MaintenancePlanner.Direction
  ) -> MaintenancePlanner {
    MaintenancePlanner(
      settings: settings, host: .web("web1"), state: history.state,
      requester: Requester(actor: "ann", client: "laptop"), direction: direction)
  }

  @Test("a host that is not down is not brought up")
  func idle() throws {
    #expect(try Self.planner(.pushed(1...2), .up).plan() == nil)
  }

  @Test("a release that somebody else made live is not taken down as if it were ours")
  func foreign() throws {
    var history = History.pushed(1...2)
    history.state.current = .link(target: "elsewhere/x", isWhole: true)
    #expect(throws: PlanningError.foreignCurrent(target: "elsewhere/x")) {
      try Self.planner(history, .down(Self.downtime)).plan()
    }
  }

  @Test("a host without a release gets the page, and no command")
  func empty() throws {
    let plan = try #require(try Self.planner(History(), .down(Self.downtime)).plan())
    #expect(plan.operations.map(\.verb) == ["enter", "take_down"])
  }

  @Test("commands know the message and the time, and what visitors read is escaped")
  func variables() throws {
    let plan = try #require(try Self.planner(.pushed(1...2), .down(Self.downtime)).plan())
    let words = plan.operations.map { $0.fields.map { String(decoding: $0, as: UTF8.self) } }
    #expect(words[2].contains("DEPLOY_MESSAGE=we <move> & \"tidy\""))
    #expect(words[2].contains("DEPLOY_RETRY_AFTER=600"))
    #expect(
      words[1][1].contains(#""message":"we <move> & \"tidy\"","retryAfter":600,"until":1700000600"#)
    )
    #expect(words[1][3].contains("<p>we &lt;move&gt; &amp; \"tidy\"</p>"))
    #expect(words[1][3].contains(#"content="600""#))
  }

  @Test(
    "what is said of a downtime names its end, and that it is over",
    arguments: [
      (0, "since 2026-11-20T18:00:00Z by ann, for 10 min more: we <move> & \"tidy\""),
      (
        721,
        "since 2026-11-20T18:00:00Z by ann, 3 min longer than was expected: we <move> & \"tidy\""
      ),
    ])
  func text(later: Int, words: String) {
    #expect(Self.downtime.text(at: 1_700_000_000 + later) == words)
  }
}
