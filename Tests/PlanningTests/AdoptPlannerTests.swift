import Operations
import Testing

@testable import Planning

@Suite("An adoption's plan")
struct AdoptPlannerTests {
  static let settings: Settings = {
    var settings = Settings()
    settings.keep = 2
    settings.shared.directories = ["storage"]
    settings.shared.files = [".env"]
    return settings
  }()

  static let host: Settings.Host = {
    var host = Settings.Host()
    host.name = "web1"
    host.path = "/var/www/shop"
    return host
  }()

  /// A host with everything that is needed, and nothing of ours.
  static var state: HostState {
    var state = HostState()
    state.root = .directory
    state.tools = ["tar", "sha256sum", "stat", "find", "sort", "xargs", "flock"]
    return state
  }

  static var nothingOfOurs: AdoptionSurvey {
    var survey = AdoptionSurvey()
    survey.places = ["releases": .missing, "shared": .missing, ".deploy": .missing]
    return survey
  }

  func planner(_ state: HostState, _ survey: AdoptionSurvey) throws -> AdoptPlanner {
    AdoptPlanner(
      settings: Self.settings, host: Self.host, state: state, survey: survey,
      requester: Requester(actor: "ann", client: "laptop"),
      release: try #require(ReleaseID("20261120-173310")))
  }

  func capistrano(_ names: [String], live: String) -> (HostState, AdoptionSurvey) {
    var state = Self.state
    state.directories = names.map { HostState.Directory(name: $0) }
    state.current = .link(target: "/var/www/shop/releases/\(live)", isWhole: true)
    var survey = Self.nothingOfOurs
    survey.places["releases"] = .directory
    survey.places["shared"] = .directory
    survey.inside = live
    return (state, survey)
  }

  @Test("takes releases in their order, the live one last, and makes the link relative")
  func releases() throws {
    var (state, survey) = capistrano(
      ["20200103120000", "20200101120000", "20200102120000", "20200104120000"],
      live: "20200102120000")
    survey.origins["20200104120000"] = .init(isGood: false)
    survey.origins["20200102120000"] = .init(isGood: true, commit: "abc1234")
    state.head = "h"
    let plan = try #require(try planner(state, survey).plan())
    #expect(
      plan.text == """
        adopt web1:/var/www/shop, live is 20200102120000
          begin
             1  take the lock, mend what a dead session left
             2  write down how things are in .deploy/adoption
          prepare
             3  describe releases/20200101120000 and record it as adopted
             4  describe releases/20200103120000 and record it as adopted
             5  describe releases/20200102120000 and record it as adopted
          activate
             6  point current at releases/20200102120000
          note: what other tools left here (repo/, revisions.log, .dep/) is not touched
          note: left alone in releases/: 20200104120000
          note: the next push keeps 2 of these 3 releases (`keep`)
          note: `deploy adopt --undo` takes it back, as long as nothing was pushed since

        """)
    let live = try #require(plan.operations.last { $0.verb == "adopt" })
    // A rollback leads to the release before, not to the one that was rolled back from.
    #expect(
      live.fields.map { String(decoding: $0, as: UTF8.self) } == [
        "20200102120000", "sha256", #""from":"20200101120000","commit":"abc1234""#,
      ])
  }

  @Test("counts Deployer's numbers as numbers")
  func numbers() throws {
    let ids = ["10", "9", "20200101120000", "100"].compactMap(ReleaseID.init)
    #expect(
      ids.sorted(by: AdoptPlanner.isOlder).map(\.text) == ["9", "10", "100", "20200101120000"])
  }

  @Test("moves a directory `current` into releases/ and its declared data into shared/")
  func directory() throws {
    var state = Self.state
    state.current = .directory
    var survey = Self.nothingOfOurs
    survey.contentCount = 3
    survey.persistent = ["storage": .directory, ".env": .missing]
    let plan = try #require(try planner(state, survey).plan())
    #expect(
      plan.text == """
        adopt web1:/var/www/shop, live is 20261120-173310
          begin
             1  take the lock, mend what a dead session left
             2  write down how things are in .deploy/adoption
          prepare
             3  move current to releases/20261120-173310 and link it back (a gap of milliseconds)
             4  move releases/20261120-173310/storage to shared/storage, unless that exists
             5  link storage -> shared/storage
             6  describe releases/20261120-173310 and record it as adopted
          note: between two renames there is no current, for milliseconds
          note: `deploy adopt --undo` takes it back, as long as nothing was pushed since

        """)
  }

  @Test("copies a plain document root, and says that the originals are served until told otherwise")
  func plain() throws {
    var survey = Self.nothingOfOurs
    survey.contentCount = 3
    let plan = try #require(try planner(Self.state, survey).plan())
    #expect(
      plan.text == """
        adopt web1:/var/www/shop, live is 20261120-173310
          begin
             1  take the lock, mend what a dead session left
             2  write down how things are in .deploy/adoption
          transfer
             3  copy the content to releases/20261120-173310; it stays here
          prepare
             4  describe releases/20261120-173310 and record it as adopted
          activate
             5  point current at releases/20261120-173310
          note: the originals stay where they are, and are served until the web server is told to \
        serve /var/www/shop/current
          note: what is uploaded between this copy and that moment is only in the originals
          note: until then shared/ and releases/ may be within what the web server shows
          note: `deploy adopt --undo` takes it back, as long as nothing was pushed since

        """)
  }

  @Test("is none where nothing is, and where all is ours")
  func nothing() throws {
    #expect(try planner(Self.state, Self.nothingOfOurs).plan() == nil)
    var (state, survey) = capistrano(["20200101120000"], live: "20200101120000")
    survey.record = AdoptionSurvey.Record()
    state.ledger = [record(.adopted, "20200101120000")]
    #expect(try planner(state, survey).plan() == nil)
  }

  @Test("is refused where a person has to decide")
  func refused() throws {
    var (state, survey) = capistrano(["20200101120000"], live: "20200101120000")
    survey.inside = nil
    survey.leads = "/srv/elsewhere"
    #expect(throws: PlanningError.self) { try planner(state, survey).plan() }
    state.current = .missing
    #expect(throws: PlanningError.self) { try planner(state, survey).plan() }
    var own = Self.nothingOfOurs
    own.contentCount = 2
    own.places["shared"] = .directory
    #expect(throws: PlanningError.self) { try planner(Self.state, own).plan() }
    var full = Self.nothingOfOurs
    full.contentCount = 2
    full.kilobytes = 1000
    var tight = Self.state
    tight.freeKilobytes = 1000
    #expect(throws: PlanningError.noSpace(root: "/var/www/shop", need: 1100, free: 1000)) {
      try planner(tight, full).plan()
    }
  }

  @Test("the way back is open until something is deployed")
  func undo() throws {
    var (state, survey) = capistrano(["20200101120000"], live: "20200101120000")
    #expect(throws: PlanningError.notAdopted) { try planner(state, survey).undoPlan() }
    var record = AdoptionSurvey.Record()
    record.layout = .releases
    record.current = "/var/www/shop/releases/20200101120000"
    survey.record = record
    state.ledger = [self.record(.adopted, "20200101120000")]
    #expect(
      try planner(state, survey).undoPlan().text == """
        undo the adoption of web1:/var/www/shop
          begin
             1  take the lock, mend what a dead session left
          prepare
             2  put everything back as .deploy/adoption says it was
          note: current leads to /var/www/shop/releases/20200101120000 again

        """)
    state.ledger.append(self.record(.live, "20261120-173310"))
    #expect(throws: PlanningError.changedSinceAdoption(release: "20261120-173310")) {
      try planner(state, survey).undoPlan()
    }
  }

  private func record(_ event: LedgerRecord.Event, _ release: String) -> LedgerRecord {
    LedgerRecord(
      seq: 1, event: event, release: release, at: "", verb: "", actor: "", client: "", prev: "")
  }
}
