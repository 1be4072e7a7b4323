import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("Commit, record, barrier and what becomes of failures", .serialized)
struct ActivationTests {
  @Test("a commit is one rename of a whole tree, recorded with its members", arguments: Shell.all)
  func commit(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let parcel = try Parcel(rig)
    let more = LedgerMembers.text(["commit": "9f86", "subject": "it's \"new\"\n$(id) \\0101"])
    let nonce = Rig.nonce()
    let ending = try await rig.carryOut(
      [.receive(.none), .verify(algorithm: "sha256"), .commit(.first, more: more)],
      payload: parcel.payload, nonce: nonce)
    #expect(ending.isFinished)
    let record = try #require(rig.ledger.first)
    #expect(record.event == .prepared)
    #expect(record.subject == "it's \"new\"\n$(id) \\0101")
    #expect(record.actor == "ann")
    #expect(try rig.sh("readlink app/.current.\(nonce)") == "releases/\(ReleaseID.first)\n")
    #expect(rig.current.isEmpty)
  }

  @Test("each line of the ledger names the digest of the one before", arguments: Shell.all)
  func chain(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try await rig.push(.first)
    try await rig.push(.second)
    #expect(
      rig.story == [
        "prepared \(ReleaseID.first)", "live \(ReleaseID.first)", "prepared \(ReleaseID.second)",
        "live \(ReleaseID.second)",
      ])
    #expect(rig.ledger.map(\.from) == [nil, nil, nil, ReleaseID.first.text])
    for number in 1...3 {
      let digest = try rig.sh("sed -n \(number)p app/.deploy/ledger.jsonl | sha256sum").prefix(64)
      #expect(rig.ledger[number].prev == String(digest))
    }
  }

  @Test("a name that another tool gave cannot break a line of the ledger", arguments: Shell.all)
  func from(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text])
    let record = Operation.record(.first, from: "we\"ird\",\"seq\":9", more: "")
    #expect(try await rig.carryOut([.flip(to: .first, expected: ""), record]).isFinished)
    #expect(rig.ledger.last?.release == ReleaseID.first.text)
    #expect(rig.ledger.last?.from == nil)
  }

  @Test("an agent at the barrier waits for a word", arguments: Shell.all, [true, false])
  func barrier(in shell: Shell, goes: Bool) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text])
    let session = try await rig.session()
    _ = try await session.start([rig.enter(), .barrier, .flip(to: .first, expected: "")])
    while try await session.event(within: .seconds(20)) != .prepared {}
    try await Task.sleep(for: .milliseconds(300))
    #expect(rig.current.isEmpty)
    if goes { try await session.letGo() } else { try await session.holdBack() }
    var refusal: AgentEvent.Refusal?
    var last = AgentEvent.prepared
    while ![.finished, .stopped(2)].contains(last) {
      last = try await session.event(within: .seconds(20))
      if case .refused(let why) = last { refusal = why }
    }
    #expect(refusal?.exitCode == (goes ? nil : 15))
    #expect(rig.current == (goes ? "releases/\(ReleaseID.first)" : ""))
    await session.end()
  }

  @Test(
    "a hook that fails after the flip takes current back, and the ledger tells both",
    arguments: Shell.all)
  func returns(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try await rig.push(.first)
    let parcel = try Parcel(rig, "echo two >one")
    let ending = try await rig.carryOut(
      rig.staging(.second) + [
        .flip(to: .second, expected: rig.current), .hook("exit 9", limit: 20, in: .second),
        .record(.second, from: ReleaseID.first.text, more: ""),
      ], payload: parcel.payload)
    #expect(ending.refusal?.kind == "hook")
    #expect(ending.events.contains(.returned(ReleaseID.first.text)))
    #expect(rig.current == "releases/\(ReleaseID.first)")
    #expect(rig.story.suffix(2) == ["failed \(ReleaseID.second)", "live \(ReleaseID.first)"])
    #expect(rig.ledger.last?.why == "returned")
    let state = try await rig.survey()
    #expect(state.live?.id == .first)
    #expect(state.releases.first { $0.id == .second }?.state == .failed)
    #expect(
      try rig.sh("ls -A app app/.deploy/staging app/.deploy/ops").contains(".current.") == false)
  }

  @Test("a failure before the flip leaves nothing of its own behind", arguments: Shell.all)
  func before(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try await rig.push(.first)
    let before = try rig.sh(
      "cd app; find . ! -path './.deploy/lock*' ! -path ./.deploy/holder -printf '%p %l\n' | sort")
    let parcel = try Parcel(rig, "echo two >one", spoiling: "echo bad >tree/one")
    let ending = try await rig.carryOut(rig.staging(.second), payload: parcel.payload)
    #expect(ending.ending == .stopped(3))
    #expect(
      try rig.sh(
        "cd app; find . ! -path './.deploy/lock*' ! -path ./.deploy/holder -printf '%p %l\n' | sort"
      ) == before)
  }

  @Test("with nothing to go back to, the new release stays", arguments: Shell.all)
  func nothingBefore(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text])
    let ending = try await rig.carryOut([
      .flip(to: .first, expected: ""), .hook("exit 9", limit: 20, in: .first),
    ])
    #expect(ending.refusal?.kind == "hook")
    #expect(rig.current == "releases/\(ReleaseID.first)")
  }

  @Test("a return that the ledger could not take is told once")
  func unrecordedReturn() async throws {
    let rig = try Rig(.dash)
    try await rig.push(.first)
    let parcel = try Parcel(rig, "echo two >one")
    // Another user's ledger can be read and not be written.
    try rig.sh("chmod 755 . && chown -R 65534:65534 app")
    let ending = try await rig.carryOut(
      rig.staging(.second) + [
        .flip(to: .second, expected: rig.current),
        .hook(
          #"echo '"event":"live","release":"\#(ReleaseID.second)"' >>"$DEPLOY_ROOT/.deploy/ledger.jsonl"; "#
            + #"chmod 444 "$DEPLOY_ROOT/.deploy/ledger.jsonl"; exit 9"#, limit: 20, in: .second),
      ], payload: parcel.payload, user: 65534)
    #expect(ending.events.contains(.returned(ReleaseID.first.text)))
    #expect(ending.notes.filter { $0 == "unrecorded" }.count == 1, "\(ending)")
  }
}
