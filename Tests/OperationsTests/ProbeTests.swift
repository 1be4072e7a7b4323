import Planning
import Remote
import TestSupport
import Testing

@testable import Operations

/// Over HTTP it is tried by Tests/Rig/health.py, with every client and answers of every kind.
@Suite("A probe", .serialized)
struct ProbeTests {
  static func check(_ command: String, passes: Int = 1) -> HealthCheck {
    var check = HealthCheck()
    check.command = command
    check.timeout = 2
    check.within = 2
    check.interval = 0
    check.passes = passes
    return check
  }

  /// The first release live, the second made live and probed.
  func probe(
    _ check: HealthCheck, in rig: Rig, logs: [String] = [], between: [Operations.Operation] = []
  ) async throws -> ProgramEnding {
    try await rig.push(.first)
    let parcel = try Parcel(rig, "mkdir -p logs; echo two >one")
    return try await rig.carryOut(
      rig.staging(.second) + [.flip(to: .second, expected: rig.current)] + between + [
        .probe(check, of: .second, logs: logs),
        .record(.second, from: ReleaseID.first.text, more: ""),
      ], payload: parcel.payload)
  }

  @Test("that is good so many times in a row keeps the release live", arguments: Shell.all)
  func good(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let command = #"echo x >>"$DEPLOY_ROOT/tries"; test "$(cat one)" = two"#
    let ending = try await probe(Self.check(command, passes: 3), in: rig)
    #expect(ending.isFinished)
    #expect(rig.current == "releases/\(ReleaseID.second)")
    #expect(try rig.sh("grep -c . app/tries") == "3\n")
    #expect(try rig.sh("ls -A app/.deploy/ops").isEmpty)
  }

  @Test("that fails takes current back, and the ledger says why", arguments: Shell.all)
  func bad(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let odd = #"echo '"\'; printf 'a\001\033[2J\n'; exit 3 # é\"#
    let ending = try await probe(Self.check(odd), in: rig)
    #expect(ending.refusal?.exitCode == 14)
    #expect(ending.refusal?.fields == [odd, "\"\(odd)\" exited 3"])
    #expect(ending.output.contains(#"  "\"#))
    #expect(rig.current == "releases/\(ReleaseID.first)")
    #expect(rig.story.suffix(2) == ["failed \(ReleaseID.second)", "live \(ReleaseID.first)"])
    let why = try #require(rig.ledger.dropLast().last?.why)
    #expect(why.hasPrefix("health check echo ''/'; printf") && why.hasSuffix("exited 3"))
    #expect(rig.ledger.last?.why == "returned")
    #expect(rig.ledger.last?.reason == why)
    #expect(try rig.sh("ls -A app/.deploy/ops").isEmpty)
  }

  @Test("that flaps never has two good tries in a row", arguments: Shell.all)
  func flaps(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let command =
      #"[ -e "$DEPLOY_ROOT/odd" ] && rm "$DEPLOY_ROOT/odd" || { : >"$DEPLOY_ROOT/odd"; exit 1; }"#
    #expect(try await probe(Self.check(command, passes: 2), in: rig).refusal?.kind == "health")
  }

  @Test("ends a command that hangs, with all that it started", arguments: Shell.all)
  func hangs(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let command = #"sh -c 'echo $$ >"$DEPLOY_ROOT/pid"; sleep 300' & sleep 300"#
    let ending = try await probe(Self.check(command), in: rig)
    #expect(ending.refusal?.fields.last == "\"\(command)\" took more than 2 s")
    try await waitUntil { try !rig.isAlive("pid") }
  }

  @Test("that fails shows the end of the log that was written last", arguments: Shell.all)
  func logs(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let command =
      "seq 1 30 >logs/new.log; echo old >logs/old.log; touch -d 2001-01-01 logs/old.log; exit 1"
    let ending = try await probe(
      Self.check(command), in: rig, logs: ["nowhere/*.log", "logs/*.log"])
    let shown = ending.output.drop { $0 != "the end of logs/new.log:" }
    #expect(Array(shown.dropFirst()) == (11...30).map { "  \($0)" })
  }

  @Test("a hook that fails after the flip is a reason in the ledger too", arguments: Shell.all)
  func hook(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let ending = try await probe(
      Self.check("true"), in: rig, between: [.hook("exit 9", limit: 20, in: .second)])
    #expect(ending.refusal?.kind == "hook")
    #expect(rig.ledger.dropLast().last?.why == "hook exit 9 exited 9")
  }

  @Test(
    "the file that proves what is served is gone with the record, and is never taken for a user's",
    arguments: Shell.all, [true, false])
  func witness(in shell: Shell, isRecorded: Bool) async throws {
    let rig = try Rig(shell)
    let docroot = DocrootPlace(root: "public", regenerable: "")
    let parcel = try Parcel(rig, "mkdir public; echo one >public/index")
    let witness: [Operations.Operation] = [
      .witness(.first, root: "public"),
      .hook("cat public/.well-known/deploy-*.txt", limit: 20, in: .first),
    ]
    let ending = try await rig.carryOut(
      rig.staging(.first) + [.census(.first, docroot)] + witness + [
        .flip(to: .first, expected: ""), .record(.first, from: "", more: ""),
      ], payload: parcel.payload)
    #expect(ending.isFinished)
    #expect(ending.output == [ReleaseID.first.text])
    // As after a session that dies before it records anything.
    if !isRecorded { #expect(try await rig.carryOut(witness).isFinished) }
    #expect(rig.exists("releases/\(ReleaseID.first)/public/.well-known") == !isRecorded)
    #expect(try await rig.carryOut([.harvest(.first, docroot)]).isFinished)
    #expect(!rig.exists("releases/\(ReleaseID.first)/public/.well-known"))
    #expect(try rig.sh("find app/shared -mindepth 1").isEmpty)
  }

  @Test("it is not put into a directory that other releases show too", arguments: Shell.all)
  func sharedWitness(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text])
    try rig.sh(
      """
      mkdir -p app/shared/public/.well-known app/releases/\(ReleaseID.first)/public
      ln -s ../../../shared/public/.well-known app/releases/\(ReleaseID.first)/public/.well-known
      """)
    let ending = try await rig.carryOut([
      .witness(.first, root: "public"), .hook("ls -A public", limit: 20, in: .first),
    ])
    #expect(ending.isFinished)
    #expect(ending.output.count == 2 && ending.output[1].hasPrefix("deploy-"))
    #expect(try rig.sh("ls -A app/shared/public/.well-known").isEmpty)
  }

  @Test("a docroot that is a link out of the release gets no such file", arguments: Shell.all)
  func linkedDocroot(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text])
    try rig.sh("mkdir outside; ln -s ../../../outside app/releases/\(ReleaseID.first)/public")
    let ending = try await rig.carryOut([.witness(.first, root: "public")])
    #expect(ending.refusal?.kind == "docroot")
    #expect(try rig.sh("ls -A outside").isEmpty)
  }

  @Test(
    "a client that goes away before the flip takes the trial of a release with it",
    arguments: Shell.all)
  func trialEnds(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text])
    var check = HealthCheck()
    check.url = WebAddress(path: "/")
    let session = try await rig.session()
    _ = try await session.start([
      rig.enter(),
      .boot(
        #"echo $$ >"$DEPLOY_ROOT/pid"; echo "$PORT" >"$DEPLOY_ROOT/port"; sleep 300"#, check,
        of: .first),
    ])
    try await waitUntil { rig.exists("port") }
    let port = try rig.sh("cat app/port")
    #expect((20_000..<33_000).contains(Int(port.dropLast()) ?? 0))
    await session.end()
    try await waitUntil(.seconds(15)) { try !rig.isAlive("pid") }
    try await waitUntil(.seconds(5)) { try await rig.carryOut([]).isFinished }
  }
}
