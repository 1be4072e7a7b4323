import Operations
import Testing

@testable import Planning

@Suite("The environment's contract and plans")
struct EnvPlannerTests {
  static func file(_ text: String, digest: String = "d", debug: [String] = []) -> HostState.EnvFile
  {
    HostState.EnvFile(Dotenv(Array(text.utf8)), digest: digest, debugKeys: debug)
  }

  static let laravel = ["APP_DEBUG=true APP_ENV=production", "APP_DEBUG=true APP_ENV="]

  @Test(
    "names what a host's file breaks",
    arguments: [
      ("A=1\nB=1", [], nil), ("A=1", [], "shared/.env lacks B, which .env.example names"),
      ("A=1", ["B"], nil), ("", [], "shared/.env lacks A, B, which .env.example names"),
      ("A=1\nB=\nAPP_DEBUG=false\nAPP_ENV=production", [], nil),
      (
        "A=1\nB=\nAPP_DEBUG=true\nAPP_ENV=production", [],
        "shared/.env has APP_DEBUG=true and APP_ENV=production"
      ),
      ("A=1\nB=\nAPP_DEBUG=true\nAPP_ENV=production", ["APP_DEBUG"], nil),
      ("A=1\nB=\nAPP_DEBUG=true\nAPP_ENV=local", [], nil),
      (
        "A=1\nB=\nAPP_DEBUG=\"1\"", [],
        "shared/.env has APP_DEBUG=true and no APP_ENV"
      ),
      ("A=1\nB=\nAPP_DEBUG=true\nAPP_DEBUG=false", [], nil),
    ] as [(String, [String], String?)])
  func contract(text: String, allow: [String], expected: String?) {
    var settings = Settings.Env()
    settings.debug = Self.laravel.map(Settings.Env.Rule.init)
    settings.allow = allow
    let contract = EnvContract(
      settings: settings, example: EnvContract.Example(keys: ["A", "B"], digest: "e"),
      host: Self.file(text, debug: settings.debugKeys))
    #expect(contract.findings.map { $0.words(file: ".env") } == [expected].compactMap { $0 })
  }

  @Test("a copy of the example is no environment")
  func copied() {
    let contract = EnvContract(
      settings: Settings.Env(), example: EnvContract.Example(keys: ["A"], digest: "same"),
      host: Self.file("A=1", digest: "same"))
    #expect(contract.findings == [.isExample(".env.example")])
  }

  @Test("keeps what a hand left before it writes, and shows no value")
  func plan() throws {
    let record = EnvRecord(
      version: 1, at: "", file: ".env", event: .set, actor: "ann", client: "laptop", digest: "old",
      added: ["A"], changed: [], removed: [])
    var host = Settings.Host()
    (host.name, host.path) = ("web1", "/srv/app")
    var state = HostState()
    state.tools = ["tar", "sha256sum", "stat", "find", "sort", "xargs"]
    let planner = EnvPlanner(
      settings: Settings(), host: host, state: state,
      requester: Requester(actor: "ann", client: "laptop"),
      snapshot: EnvSnapshot(
        content: Array("A=canary1\nB=canary2\n".utf8), digest: "now", records: [record],
        lastContent: Array("A=canary0\n".utf8)),
      change: EnvPlanner.Change(
        .set, content: Array("A=canary1\nB=canary3\nC=\n".utf8), digest: "next", why: "be\"cause"))
    let plan = try #require(try planner.plan())
    #expect(
      plan.text == """
        env set on web1:/srv/app
          begin
             1  take the lock, mend what a dead session left
          prepare
             2  keep shared/.env as a hand left it, as a version of its own
             3  replace shared/.env (+C ~B)

        """)
    try #require(plan.operations.count == 3)
    let kept = plan.operations[1].fields.map { String(decoding: $0, as: UTF8.self) }
    #expect(
      kept[2] == #""file":".env","event":"hand","actor":"ann","client":"laptop","digest":"now","#
        + #""added":["B"],"changed":["A"],"removed":[]"#)
    let put = plan.operations[2].fields.map { String(decoding: $0, as: UTF8.self) }
    #expect(put[1] == "now" && put[2] == "next" && put[3].contains(#""why":"be\"cause""#))
    #expect(!put[3].contains("canary"))
  }

  @Test("one rollback after another goes further back")
  func previous() {
    func record(_ version: Int, restores: Int? = nil) -> EnvRecord {
      EnvRecord(
        version: version, at: "", file: ".env", event: .set, actor: "", client: "",
        restores: restores, digest: "\(restores ?? version)", added: [], changed: [], removed: [])
    }
    var records = [record(1), record(2), record(3)]
    func previous(_ digest: String) -> Int? {
      EnvSnapshot(content: [], digest: digest, records: records).previous?.version
    }
    #expect(previous("3") == 2)
    #expect(previous("by hand") == 3)
    records.append(record(4, restores: 2))
    #expect(previous("2") == 1)
    records.append(record(5, restores: 1))
    #expect(previous("1") == nil)
  }
}
