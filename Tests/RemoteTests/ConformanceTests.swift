import FoundationEssentials
import Glibc
import Remote
import SSH
import TestSupport
import Testing

/// The ways to a host. What one promises all must keep.
enum Way: String, Sendable, CaseIterable {
  case local
  case openssh
  case libssh2

  static let overNetwork: [Way] = [.openssh, .libssh2]
}

/// A private server and a connection to it.
struct Reached {
  let server: SSHServer?
  let connection: any Connection

  static func by(_ way: Way) async throws -> Reached {
    guard way != .local else {
      return Reached(server: nil, connection: ProcessConnection.local(host: "here"))
    }
    let directory = try Scratch.directory("conformance")
    defer { if way == .libssh2 { Scratch.remove(directory) } }
    let key = try SSHServerKey.make(.ed25519, at: "\(directory)/key")
    let server = try SSHServer(.init(authorizedKeys: [key.publicLine]))
    try Scratch.write(server.knownHosts(), to: "\(directory)/known_hosts")
    try Scratch.write("", to: "\(directory)/empty")
    if way == .openssh {
      let options = [
        "-F", "\(directory)/empty", "-p", "\(server.port)", "-i", "\(directory)/key",
        "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
        "-o", "UserKnownHostsFile=\(directory)/known_hosts",
      ]
      return Reached(
        server: server,
        connection: ProcessConnection.openSSH(
          host: "127.0.0.1", destination: "127.0.0.1", options: options))
    }
    let connection = try await SSHConnection.connect(
      SSHTarget(
        host: "127.0.0.1", port: server.port, config: "\(directory)/empty",
        identity: "\(directory)/key", knownHosts: "\(directory)/known_hosts"),
      environment: ["PATH": "/usr/bin:/bin"])
    return Reached(server: server, connection: connection)
  }

  func leave() async {
    await connection.close()
    server?.stop()
  }
}

struct Transcript {
  var output: [UInt8] = []
  var errors: [UInt8] = []
  var status: Int32?

  var text: String { String(decoding: output, as: UTF8.self) }
  var errorText: String { String(decoding: errors, as: UTF8.self) }
}

extension Channel {
  func transcript(within limit: Duration = .seconds(60)) async throws -> Transcript {
    var transcript = Transcript()
    while true {
      switch try await next(within: limit) {
      case .output(let bytes): transcript.output += bytes
      case .errors(let bytes): transcript.errors += bytes
      case .end(let status):
        transcript.status = status
        return transcript
      }
    }
  }
}

@Suite("Every connection", .serialized)
struct ConformanceTests {
  private func with(
    _ way: Way, _ body: (any Connection) async throws -> Void
  ) async throws {
    let reached = try await Reached.by(way)
    do {
      try await body(reached.connection)
    } catch {
      await reached.leave()
      throw error
    }
    await reached.leave()
  }

  @Test("keeps output and errors apart", arguments: Way.allCases)
  func output(way: Way) async throws {
    try await with(way) { (connection) async throws in
      let transcript = try await connection.open("echo out; echo err >&2; echo more").transcript()
      #expect(transcript.text == "out\nmore\n")
      #expect(transcript.errorText == "err\n")
    }
  }

  @Test("tells a status that is right, or none", arguments: Way.allCases)
  func status(way: Way) async throws {
    try await with(way) { (connection) async throws in
      for (command, right) in [("exit 0", 0), ("exit 7", 7), ("false", 1), ("exit 200", 200)] {
        let status = try await connection.open(command).transcript().status
        #expect(status == nil || status == Int32(right), "\(command)")
        if right != 0, way != .libssh2 { #expect(status == Int32(right), "\(command)") }
      }
      for command in ["kill -KILL $$", "kill -TERM $$", "nosuchcommand-x", "exec false"] {
        let status = try? await connection.open(command).transcript().status
        #expect(status != .some(0), "\(command)")
      }
    }
  }

  @Test("takes a command as it is written", arguments: Way.allCases)
  func quoting(way: Way) async throws {
    try await with(way) { (connection) async throws in
      let command = #"printf '%s|' 'a  b' "it's" \$HOME '*' "é" -n "$(echo x)" '\'; echo "#
      let transcript = try await connection.open(command).transcript()
      #expect(transcript.text == #"a  b|it's|$HOME|*|é|-n|x|\|"# + "\n")
    }
  }

  @Test("takes a command of thirty thousand bytes", arguments: Way.allCases)
  func longCommand(way: Way) async throws {
    try await with(way) { (connection) async throws in
      let word = String(repeating: "x", count: 30_000)
      let text = try await connection.open("echo \(word)").transcript().text
      #expect(text == word + "\n")
    }
  }

  @Test("carries 20 MB there and back at once, byte for byte", arguments: Way.allCases)
  func echo(way: Way) async throws {
    try await with(way) { (connection) async throws in
      let channel = try await connection.open("cat")
      let piece = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 7)) }
      async let writing: Void = {
        for _ in 0..<20 { try await channel.write(piece) }
        try await channel.finishWriting()
      }()
      let output = try await channel.transcript().output
      try await writing
      #expect(output.count == 20 << 20)
      for index in 0..<20 {
        #expect(output.dropFirst(index << 20).prefix(1 << 20).elementsEqual(piece))
      }
    }
  }

  @Test(
    "keeps the bytes of one call together, whichever task it comes from", arguments: Way.allCases)
  func contiguous(way: Way) async throws {
    try await with(way) { (connection) async throws in
      let channel = try await connection.open("cat")
      async let one: Void = {
        for _ in 0..<40 { try await channel.write([UInt8](repeating: 0x61, count: 50_000)) }
      }()
      async let other: Void = {
        for _ in 0..<40 { try await channel.write([UInt8](repeating: 0x62, count: 30_000)) }
      }()
      async let reading = channel.transcript()
      _ = try await (one, other)
      try await channel.finishWriting()
      let output = try await reading.output
      #expect(output.count == 40 * 80_000)
      var rest = output[...]
      while let first = rest.first {
        let run = rest.prefix { $0 == first }.count
        #expect(run % (first == 0x61 ? 50_000 : 30_000) == 0)
        rest = rest.dropFirst(run)
      }
    }
  }

  @Test("ends a command's input", arguments: Way.allCases)
  func finish(way: Way) async throws {
    try await with(way) { (connection) async throws in
      let channel = try await connection.open("wc -c")
      try await channel.write(Array("12345".utf8))
      try await channel.finishWriting()
      #expect(try await channel.transcript().text.contains("5"))
    }
  }

  @Test(
    "gives up a wait at its limit and goes on from there", .timeLimit(.minutes(2)),
    arguments: Way.allCases)
  func timeout(way: Way) async throws {
    try await with(way) { (connection) async throws in
      let channel = try await connection.open("read line; echo \"got $line\"")
      for milliseconds in [0, 1, 200, 0] {
        let began = ContinuousClock.now
        await #expect {
          _ = try await channel.next(within: .milliseconds(milliseconds))
        } throws: { error in
          if case RemoteError.timedOut = error { true } else { false }
        }
        #expect(began.duration(to: .now) < .seconds(10))
      }
      try await channel.write(Array("it\n".utf8))
      #expect(try await channel.transcript().text == "got it\n")
    }
  }

  @Test(
    "closes a channel at once, whatever its command does", .timeLimit(.minutes(1)),
    arguments: Way.allCases)
  func close(way: Way) async throws {
    try await with(way) { (connection) async throws in
      for command in ["cat", "sleep 20", "head -c 3000000 /dev/zero; cat"] {
        let channel = try await connection.open(command)
        let began = ContinuousClock.now
        await channel.close()
        await channel.close()
        #expect(began.duration(to: .now) < .seconds(5))
      }
      let text = try await connection.open("echo on").transcript().text
      #expect(text == "on\n")
    }
  }

  @Test(
    "says that it was lost when the server dies", .timeLimit(.minutes(1)),
    arguments: Way.overNetwork, ["echo up; cat", "echo up; sleep 30; exit 0"])
  func lost(way: Way, command: String) async throws {
    let reached = try await Reached.by(way)
    let channel = try await reached.connection.open(command)
    #expect(try await channel.next(within: .seconds(20)) == .output(Array("up\n".utf8)))
    reached.server?.killConnections()
    await #expect {
      while true {
        if case .end = try await channel.next(within: .seconds(20)) { break }
      }
    } throws: { error in
      if case RemoteError.lost = error { true } else { false }
    }
    await reached.leave()
  }

  @Test("tells a port where nobody listens as unreachable", arguments: Way.overNetwork)
  func unreachable(way: Way) async throws {
    let port = try Scratch.freePort()
    await #expect {
      switch way {
      case .libssh2:
        _ = try await SSHConnection.connect(
          SSHTarget(host: "127.0.0.1", port: port, config: "/dev/null"),
          environment: ["PATH": "/usr/bin:/bin"])
      case .openssh, .local:
        let connection = ProcessConnection.openSSH(
          host: "127.0.0.1", destination: "127.0.0.1",
          options: ["-F", "none", "-p", "\(port)", "-o", "BatchMode=yes"])
        _ = try await connection.open("true").transcript()
      }
    } throws: { error in
      if case RemoteError.unreachable = error { true } else { false }
    }
  }
}
