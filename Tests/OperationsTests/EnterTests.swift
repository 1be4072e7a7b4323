import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("Entering", .serialized)
struct EnterTests {
  @Test("lays out what is missing and leaves the rest", arguments: Shell.all)
  func layout(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.sh("mkdir -p app/shared; chmod 2770 app/shared")
    #expect(try await rig.carryOut([]).isFinished)
    let list = try rig.sh("cd app; find . -type d ! -path './.deploy/lock*' -printf '%p %m\n'")
    #expect(
      list.split(separator: "\n").sorted() == [
        ". 755", "./.deploy 755", "./.deploy/manifests 755", "./.deploy/ops 755",
        "./.deploy/staging 755", "./.deploy/trash 755", "./releases 755", "./shared 2770",
      ])
    #expect(rig.ledger.isEmpty)
  }

  @Test("a session that holds the lock is named to the one that comes", arguments: Shell.all)
  func locked(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let first = try await rig.session()
    #expect(try await first.carryOut([rig.enter()]).isFinished)
    let second = try await rig.session()
    let ending = try await second.carryOut([rig.enter(), .prune([], as: .retired)])
    #expect(ending.ending == .stopped(1))
    let refusal = try #require(ending.refusal)
    #expect(refusal.exitCode == 11)
    #expect(refusal.kind == "locked")
    #expect(SurveyReader.holder(refusal.fields[0])?.description == "ann@laptop: push 1")
    #expect(Int(refusal.fields[1]) ?? 0 > 1_700_000_000)
    // An entry may be tried again, in the same session, once the other has gone.
    await first.end()
    try await waitUntil { try await second.carryOut([rig.enter()]).isFinished }
    await second.end()
  }

  @Test("a session may wait for the lock", arguments: Shell.all)
  func waits(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let first = try await rig.session()
    #expect(try await first.carryOut([rig.enter()]).isFinished)
    let second = try await rig.session()
    _ = try await second.start([rig.enter(wait: 60)])
    while try await second.event(within: .seconds(20)) != .waiting {}
    await first.end()
    var last = AgentEvent.waiting
    while ![.finished, .stopped(1)].contains(last) {
      last = try await second.event(within: .seconds(20))
    }
    #expect(last == .finished)
    await second.end()
  }

  @Test(
    "what stands in the place of the lock and is none does not matter", arguments: Shell.all,
    [
      "head -c 300 /dev/urandom >lock", ": >lock; chmod 600 lock", "mkdir -p lock/a/b",
      "mkfifo lock", "ln -s /nonexistent/place lock", "ln -s .. lock",
      "mkdir lock.d; head -c 300 /dev/urandom >lock.d/owner",
      "mkdir lock.d; : >lock.d/owner", "mkdir lock.d", ": >lock.d",
      "mkdir lock.d; echo '999999 1 2' >lock.d/owner.1", "mkdir lock.0123; : >lock.0123/owner",
      "echo rubbish >holder", "mkdir holder",
    ])
  func staleLock(in shell: Shell, script: String) async throws {
    let rig = try Rig(shell)
    try rig.sh("mkdir -p app/.deploy; cd app/.deploy; \(script)")
    #expect(try await rig.carryOut([]).isFinished)
    #expect(try await rig.carryOut([]).isFinished)
  }

  @Test("a plan made from another current is refused before anything changes", arguments: Shell.all)
  func otherCurrent(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try await rig.push(.first)
    let ending = try await rig.carryOut(
      [.prune([.first], as: .swept)], entering: rig.enter(current: ""))
    #expect(ending.refusal?.kind == "changed")
    #expect(ending.refusal?.exitCode == 11)
    #expect(rig.exists("releases/\(ReleaseID.first)"))
  }

  @Test(
    "a plan made from another ledger is refused, and the lock stays for the next plan",
    arguments: Shell.all)
  func otherHead(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try await rig.push(.first)
    let session = try await rig.session()
    let stale = rig.enter(head: String(repeating: "0", count: 64))
    #expect(try await session.carryOut([stale]).refusal?.kind == "changed")
    #expect(try await rig.carryOut([]).refusal?.kind == "locked")
    #expect(try await session.carryOut([rig.enter()]).isFinished)
    await session.end()
  }

  @Test(
    "a torn last line of the ledger is put aside and its fact written anew", arguments: Shell.all)
  func torn(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try await rig.push(.first)
    try await rig.push(.second)
    let whole = rig.story
    try rig.sh(
      "size=$(stat -c %s app/.deploy/ledger.jsonl); truncate -s $((size - 20)) app/.deploy/ledger.jsonl"
    )
    let ending = try await rig.carryOut([])
    #expect(ending.refusal?.kind == "changed")
    #expect(ending.notes == ["torn", "recovered \(ReleaseID.second)"])
    #expect(rig.story == whole.dropLast() + ["recovered \(ReleaseID.second)"])
    #expect(rig.ledger.last?.from == ReleaseID.first.text)
    #expect(rig.ledger.map(\.seq) == [1, 2, 3, 4])
    #expect(try rig.sh("cat app/.deploy/ledger.torn.* | tail -c 20").isEmpty == false)
  }

  @Test("a ledger that is nothing but a torn line begins anew", arguments: Shell.all)
  func allTorn(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try await rig.push(.first)
    try rig.sh("printf '{\"seq\":1' >app/.deploy/ledger.jsonl")
    try await rig.carryOut([])
    #expect(rig.story == ["recovered \(ReleaseID.first)"])
  }

  @Test("a flip without its record is recorded by the next session", arguments: Shell.all)
  func recovered(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try await rig.push(.first)
    try rig.lay([ReleaseID.second.text])
    try rig.sh("ln -sfn releases/\(ReleaseID.second) app/current")
    let ending = try await rig.carryOut([])
    #expect(ending.notes == ["recovered \(ReleaseID.second)"])
    #expect(rig.story.last == "recovered \(ReleaseID.second)")
    #expect(rig.ledger.last?.from == ReleaseID.first.text)
    // And then it is settled.
    #expect(try await rig.carryOut([]).notes.isEmpty)
  }

  @Test(
    "a current that leads nowhere, or to no release of ours, writes nothing", arguments: Shell.all,
    ["releases/gone", "/usr/share", "releases/we\"ird", "releases/a/b", ""])
  func notRecovered(in shell: Shell, target: String) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text])
    try rig.sh("mkdir -p 'app/releases/we\"ird' app/releases/a/b")
    if !target.isEmpty { try rig.scratch.run(["ln", "-s", target, "app/current"]) }
    #expect(try await rig.carryOut([]).isFinished)
    #expect(rig.ledger.isEmpty)
  }

  @Test("our leftovers go, foreign names stay", arguments: Shell.all)
  func leftovers(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text], current: ReleaseID.first.text)
    try rig.sh(
      """
      cd app; ln -s releases/x .current.0123; mkdir -p .deploy/staging/0123/tree/a
      mkdir -p .deploy/manifests/20200101-000000 .deploy/trash/0123.old/a
      : >releases/stray; mkdir releases/.hidden releases/vendor; ln -s /etc releases/current
      : >.current.file; : >README; mkdir .git; ln -s nowhere .deploy/trash/dangling
      """)
    #expect(try await rig.carryOut([]).refusal?.kind == "changed")
    #expect(try await rig.carryOut([]).isFinished)
    let gone = [
      ".current.0123", ".deploy/staging/0123", ".deploy/manifests/20200101-000000",
      ".deploy/trash/0123.old", ".deploy/trash/dangling",
    ]
    for name in gone { #expect(!rig.exists(name), "\(name)") }
    let kept = [
      "releases/stray", "releases/.hidden", "releases/vendor", "releases/current", ".current.file",
      "README", ".git", "releases/\(ReleaseID.first)", ".deploy/manifests/\(ReleaseID.first)",
    ]
    for name in kept { #expect(rig.exists(name), "\(name)") }
    #expect(try rig.sh("ls /etc/passwd") == "/etc/passwd\n")
  }

  @Test(
    "a current that is no link is refused before anything changes", arguments: Shell.all,
    ["mkdir", "touch", "mkfifo"])
  func oddCurrent(in shell: Shell, tool: String) async throws {
    let rig = try Rig(shell)
    try rig.sh("mkdir app; \(tool) app/current")
    let ending = try await rig.carryOut([.receive(.none)])
    #expect(ending.refusal?.exitCode == 17)
    #expect(ending.refusal?.kind == "layout")
  }

  @Test("a directory that cannot be written is complained of", arguments: Shell.all)
  func permission(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.sh("chmod 755 .; mkdir app")
    let ending = try await rig.carryOut([.receive(.none)], user: 65534)
    #expect(ending.ending == .stopped(1))
    #expect(ending.complaint?.contains("Permission denied") == true)
  }
}
