import Operations
import Remote
import TestSupport
import Testing

@Suite("A session with an agent", .serialized)
struct AgentSessionTests {
  private func rig() throws -> Rig {
    let rig = try Rig(.dash)
    try rig.lay([ReleaseID.first.text, ReleaseID.second.text], current: ReleaseID.first.text)
    try rig.journal("live", ReleaseID.first.text)
    return rig
  }

  @Test("what others print before and between is noise")
  func noise() async throws {
    let rig = try rig()
    let loud = Surroundings(
      "loud",
      preamble: """
        printf 'Welcome\\n\\036\\036\\n\\036feed ended 1 0\\n\\036feed finished\\nno newline: '
        printf '\\036feed flipped x\\n\\377\\0\\n'; echo 'warning' >&2
        """)
    let session = try await rig.session(loud, nonce: "beef")
    let answer = try await session.ask(.survey(shared: []))
    #expect(answer.status == 0)
    #expect(answer.events.contains(.fact(name: "root", words: ["directory"])))
    #expect(await session.noise.contains("Welcome"))
    #expect(!answer.events.contains(.finished))
    await session.end()
  }

  @Test("a hook cannot speak for the agent")
  func fakes() async throws {
    let rig = try rig()
    let session = try await rig.session(nonce: "beef")
    let ending = try await session.carryOut([
      rig.enter(),
      .hook(
        "printf '\\036beef finished\\n\\036gone 0\\n\\036beef ended 2 0\\n'; exit 3", limit: 20,
        in: .first),
    ])
    #expect(ending.ending == .stopped(2))
    #expect(ending.refusal?.fields.last == "3")
    #expect(ending.output.count == 3)
    await session.end()
  }

  @Test("an agent that is killed is told as gone", .timeLimit(.minutes(1)))
  func killed() async throws {
    let rig = try rig()
    let session = try await rig.session()
    _ = try await session.start([rig.enter(), .hook("echo up; sleep 2", limit: 20, in: .first)])
    while try await session.event(within: .seconds(20)) != .output(Array("up".utf8)) {}
    try rig.sh("kill -KILL $(cut -d ' ' -f 1 app/.deploy/holder)")
    #expect(try await session.event(within: .seconds(20)) == .gone(status: 137))
    await session.end()
  }

  /// Sends what a client would, but no heartbeat.
  private func silent(_ rig: Rig, _ operations: [Operations.Operation], nonce: String)
    async throws -> any Channel
  {
    let connection = ShellConnection(.dash)
    let channel = try await connection.open(AgentRuntime.command(for: AgentRuntime.text))
    try await channel.write(AgentRuntime.text)
    let program =
      "hello \(nonce) =\(Escape.encode(rig.root.utf8))\nbegin\n"
      + operations.enumerated().map { $0.element.line(number: $0.offset + 1) + "\n" }.joined()
      + "end\n"
    try await channel.write(Array("send \(program.utf8.count)\n\(program)".utf8))
    return channel
  }

  @Test(
    "an agent whose client falls silent ends within 15 seconds and frees the lock",
    .timeLimit(.minutes(1)))
  func silence() async throws {
    let rig = try rig()
    let hook = Operation.hook("sleep 50", limit: 60, in: .first)
    let channel = try await silent(rig, [rig.enter(), hook], nonce: "beef")
    let began = ContinuousClock.now
    var text = ""
    while !text.contains("\u{1e}gone") {
      if case .output(let bytes) = try await channel.next(within: .seconds(40)) {
        text += String(decoding: bytes, as: UTF8.self)
      }
    }
    let seconds = began.duration(to: .now) / .seconds(1)
    #expect(seconds > 10 && seconds < 30)
    #expect(!text.contains("finished"))
    #expect(rig.current == "releases/\(ReleaseID.first)")
    #expect(try await rig.carryOut([]).isFinished)
    await channel.close()
  }

  @Test("an agent that works in silence is heard, one that hangs is not", .timeLimit(.minutes(1)))
  func signsOfLife() async throws {
    let rig = try rig()
    let session = try await rig.session()
    _ = try await session.start([
      rig.enter(), .hook("sleep 12; echo up; sleep 3", limit: 60, in: .first),
    ])
    while try await session.event(within: .seconds(20), hearing: .seconds(9))
      != .output(Array("up".utf8))
    {}
    // What is not even given the time to answer is like one that cannot.
    await #expect(throws: RemoteError.self) {
      while true { _ = try await session.event(within: .seconds(50), hearing: .seconds(1)) }
    }
    await session.end()
  }

  @Test("after the flip it goes on without its client", .timeLimit(.minutes(1)))
  func afterFlip() async throws {
    let rig = try rig()
    let session = try await rig.session()
    _ = try await session.start([
      rig.enter(), .flip(to: .second, expected: rig.current),
      .hook("echo up; sleep 3; : >\(rig.root)/went-on", limit: 20, in: .second),
      .record(.second, from: ReleaseID.first.text, more: ""),
    ])
    while try await session.event(within: .seconds(20)) != .output(Array("up".utf8)) {}
    await session.end()
    for _ in 0..<200 where rig.story.count < 2 { try await Task.sleep(for: .milliseconds(100)) }
    #expect(rig.exists("went-on"))
    #expect(rig.story.last == "live \(ReleaseID.second)")
    #expect(rig.current == "releases/\(ReleaseID.second)")
  }

  @Test("a line without an end costs no memory without end")
  func longLine() async throws {
    let rig = try rig()
    // More than all that lies between the two ends: it is heard before our own words are taken.
    let loud = Surroundings("loud", preamble: "head -c 12000000 /dev/zero | tr '\\0' x; echo")
    let session = try await rig.session(loud)
    #expect(try await session.ask(.survey(shared: [])).status == 0)
    let noise = await session.noise
    #expect(noise.count <= 20 && noise.allSatisfy { $0.utf8.count <= 400 })
    // One of a hook: a megabyte of it comes, in lines that are no longer than a piece.
    let ending = try await session.carryOut([
      rig.enter(), .hook("head -c 900000 /dev/zero | tr '\\0' y", limit: 30, in: .first),
    ])
    #expect(ending.isFinished)
    #expect(ending.output.allSatisfy { $0.utf8.count <= 400_000 })
    await session.end()
  }
}

extension ReleaseID {
  fileprivate static let first = make("20261120-173310")
  fileprivate static let second = make("20261121-080000")
}
