import Digests
import Operations
import Remote
import Synchronization
import TestSupport
import Testing

@Suite("The agent's text on a host", .serialized)
struct KeptRuntimeTests {
  /// A host that counts what it is sent.
  private struct Host {
    let rig: Rig
    let sent = Count()

    init(_ shell: Shell) throws {
      rig = try Rig(shell)
      try rig.scratch.directory("home")
    }

    /// Surveys, and carries a change out that is none.
    func visit(changing: Bool = true) async throws {
      sent.set(0)
      let connection = CountingConnection(
        base: ShellConnection(
          rig.shell, Surroundings("a home", ["HOME": "\(rig.scratch.path)/home"])), sent: sent)
      let session = try await AgentSession.begin(
        on: connection, root: rig.root, nonce: Rig.nonce(), asking: .survey(shared: []))
      let answer = try await session.ask(.survey(shared: []))
      #expect(answer.status == 0)
      #expect(answer.events.contains { if case .fact("tools", _) = $0 { true } else { false } })
      if changing {
        #expect(
          try await session.carryOut([
            rig.enter(), .provide(directory: "storage"),
          ]).isFinished)
      }
      await session.end()
    }

    var kept: String { "home/.cache/deploy/agent" }

    func files() throws -> [String] {
      try rig.sh("ls -A \(kept) 2>/dev/null || :").split(separator: "\n").map(String.init)
    }

    /// Waits for what the agent does after its client has gone.
    func files(_ count: Int) async throws -> [String] {
      for _ in 0..<200 where try files().count != count {
        try await Task.sleep(for: .milliseconds(20))
      }
      return try files()
    }
  }

  private let size = AgentRuntime.text.count

  @Test("is sent once", arguments: [Shell.dash, .bash, .busybox])
  func once(shell: Shell) async throws {
    let host = try Host(shell)
    try await host.visit()
    #expect(host.sent.value > size)
    #expect(try await host.files(1) == [hex(SHA256.hash(AgentRuntime.text))])
    #expect(try host.rig.sh("stat -c %a \(host.kept) \(host.kept)/*") == "700\n600\n")
    for _ in 1...2 {
      try await host.visit()
      #expect(host.sent.value < 2000)
    }
  }

  @Test("stays nowhere when a session only asked")
  func asking() async throws {
    let host = try Host(.dash)
    for _ in 1...5 { try await host.visit(changing: false) }
    // It would come when the client has gone.
    try await Task.sleep(for: .seconds(1))
    #expect(try host.rig.sh("ls -A home") == "")
  }

  @Test(
    "is not used when it is not what it was",
    arguments: ["echo 'touch ../poison' >>", "echo 'touch ../poison' >", "truncate -s -1", ": >"],
    [Shell.dash, .bash, .busybox])
  func altered(how: String, shell: Shell) async throws {
    let host = try Host(shell)
    try await host.visit()
    let name = try #require(try await host.files(1).first)
    try host.rig.sh("\(how) \(host.kept)/\(name)")
    try await host.visit()
    #expect(host.sent.value > size)
    #expect(try host.rig.sh("find . -name poison") == "")
    _ = try await host.files(1)
    try await host.visit()
    #expect(host.sent.value < 2000)
  }

  @Test("three versions are kept")
  func bounded() async throws {
    let host = try Host(.dash)
    try host.rig.sh(
      "mkdir -p \(host.kept); for n in 1 2 3 4 5; do touch -d \"-$n days\" \(host.kept)/$n; done")
    try await host.visit()
    let files = try await host.files(3)
    #expect(files.contains("1") && files.contains("2") && files.count == 3)
  }

  @Test("a home that cannot be written to is no trouble")
  func closedHome() async throws {
    let host = try Host(.dash)
    try host.rig.sh("rmdir home; : >home")
    for _ in 1...2 {
      try await host.visit()
      #expect(host.sent.value > size)
    }
  }
}

private final class Count: Sendable {
  private let state = Mutex(0)
  var value: Int { state.withLock(\.self) }
  func set(_ value: Int) { state.withLock { $0 = value } }
  func add(_ more: Int) { state.withLock { $0 += more } }
}

private struct CountingConnection: Connection {
  let base: ShellConnection
  let sent: Count
  var host: String { base.host }

  func open(_ command: String) async throws(RemoteError) -> any Channel {
    CountingChannel(base: try await base.open(command), sent: sent)
  }

  func close() async { await base.close() }
}

private struct CountingChannel: Channel {
  let base: any Channel
  let sent: Count

  func write(_ bytes: [UInt8]) async throws(RemoteError) {
    sent.add(bytes.count)
    try await base.write(bytes)
  }

  func post(_ bytes: [UInt8]) -> Bool {
    sent.add(bytes.count)
    return base.post(bytes)
  }

  func finishWriting() async throws(RemoteError) { try await base.finishWriting() }
  func next(within limit: Duration) async throws(RemoteError) -> ChannelOutput {
    try await base.next(within: limit)
  }
  func close() async { await base.close() }
}
