import Glibc
import Remote
import SSH
import TestSupport
import Testing

@Suite("When a connection fails", .serialized)
struct FailureTests {
  private func seconds(_ body: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await body()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  @Test("sshd killed in the middle of a command is a loss, never an end; what came before is read")
  func killed() async throws {
    try await withSite { site in
      let connection = try await site.connect()
      let channel = try await connection.open("echo begun; exec sleep 30")
      #expect(try await channel.next(within: .seconds(10)) == .output(Array("begun\n".utf8)))
      site.server.killConnections()
      let time = await seconds {
        await #expect(throws: RemoteError.self) {
          let output = try await channel.next(within: .seconds(10))
          Issue.record("\(output)")
        }
      }
      #expect(time < 10)
      await #expect {
        try await channel.write([1])
      } throws: {
        guard case .lost = $0 as? RemoteError else { return false }
        return true
      }
      await #expect {
        _ = try await connection.open("true")
      } throws: {
        guard case .lost = $0 as? RemoteError else { return false }
        return true
      }
      await connection.close()
    }
  }

  @Test("output that arrived before the loss can still be read after it")
  func lateReader() async throws {
    try await withSite { site in
      let connection = try await site.connect()
      let channel = try await connection.open("echo last words; exec sleep 30")
      try await Task.sleep(for: .milliseconds(500))
      site.server.killConnections()
      try await Task.sleep(for: .milliseconds(300))
      let output = try await channel.next(within: .seconds(1))
      #expect(output == .output(Array("last words\n".utf8)))
      await #expect(throws: RemoteError.lost("the server closed the connection")) {
        try await channel.next(within: .seconds(1))
      }
      await connection.close()
    }
  }

  @Test("a wait for output ends at its limit, and the channel stays usable")
  func limit() async throws {
    try await withSite { site in
      let connection = try await site.connect()
      let channel = try await connection.open("cat")
      let time = await seconds {
        await #expect {
          try await channel.next(within: .milliseconds(200))
        } throws: {
          guard case .timedOut = $0 as? RemoteError else { return false }
          return true
        }
      }
      #expect((0.15..<6).contains(time))
      try await channel.write(Array("still here".utf8))
      let output = try await channel.next(within: .seconds(5))
      #expect(output == .output(Array("still here".utf8)))
      await connection.close()
    }
  }

  @Test("a limit holds while another channel keeps the connection busy")
  func limitUnderLoad() async throws {
    try await withSite { site in
      let connection = try await site.connect()
      let idle = try await connection.open("exec sleep 20")
      let busy = try await connection.open("cat /dev/zero")
      let reading = Task {
        while case .output = try await busy.next(within: .seconds(5)) {}
      }
      let time = await seconds {
        await #expect(throws: RemoteError.self) { try await idle.next(within: .milliseconds(300)) }
      }
      #expect(time < 1.5)
      await connection.close()
      _ = try? await reading.value
    }
  }

  @Test("a refused connection says so at once")
  func refused() async throws {
    try await withSite { site in
      let port = try Scratch.freePort()
      let time = await seconds {
        await #expect {
          try await site.connect { $0.port = port }
        } throws: {
          guard case .unreachable(_, let why) = $0 as? RemoteError else { return false }
          return why.contains("refused") && why.contains("\(port)")
        }
      }
      #expect(time < 10)
    }
  }

  @Test("an unknown name says so")
  func unknownName() async throws {
    try await withSite { site in
      await #expect {
        try await site.connect { $0.host = "no-such-host.invalid" }
      } throws: {
        guard case .unreachable(_, let why) = $0 as? RemoteError else { return false }
        return why.contains("no-such-host.invalid")
      }
    }
  }

  @Test("a server that takes the connection and says nothing is given up in time")
  func silent() async throws {
    try await withSite { site in
      let (descriptor, port) = try Scratch.listen()
      defer { Glibc.close(descriptor) }
      try site.write("ConnectTimeout 1\n", to: "config")
      let time = await seconds {
        await #expect {
          try await site.connect {
            $0.port = port
            $0.config = site.path("config")
          }
        } throws: {
          guard case .timedOut = $0 as? RemoteError else { return false }
          return true
        }
      }
      #expect((0.9..<10).contains(time))
    }
  }

  @Test("a server that hangs up at the door is tried again")
  func turnedAway() async throws {
    try await withSite { site in
      // The first two knocks find nobody, as with MaxStartups.
      try site.write(
        """
        ProxyCommand sh -c 'echo x >> \(site.path("knocks")); \
        if [ $(wc -l < \(site.path("knocks"))) -lt 3 ]; then exit; fi; \
        exec /usr/sbin/sshd -i -f \(site.server.directory)/config -E \(site.path("log"))'
        """, to: "config")
      let connection = try await site.connect { $0.config = site.path("config") }
      #expect(try await connection.run("echo hi").text == "hi\n")
      await connection.close()
    }
  }

  @Test("close is prompt, whatever still runs, and everything after it is refused")
  func close() async throws {
    try await withSite { site in
      let connection = try await site.connect()
      let channel = try await connection.open("exec sleep 60")
      let waiting = Task { try await channel.next(within: .seconds(60)) }
      try await Task.sleep(for: .milliseconds(100))
      let time = await seconds { await connection.close() }
      // Far below the sleep; not tighter, because the machine may be busy.
      #expect(time < 5)
      await #expect(throws: RemoteError.closed) { try await waiting.value }
      await #expect(throws: RemoteError.closed) { _ = try await connection.open("true") }
      await #expect(throws: RemoteError.closed) { try await channel.write([1]) }
      await connection.close()
    }
  }

  @Test("an abandoned command does not disturb the others")
  func abandon() async throws {
    try await withSite { site in
      let connection = try await site.connect()
      let endless = try await connection.open("cat /dev/zero")
      _ = try await endless.next(within: .seconds(5))
      let time = await seconds { await endless.close() }
      #expect(time < 0.5)
      await #expect(throws: RemoteError.closed) { try await endless.next(within: .seconds(1)) }
      for number in 1...5 {
        #expect(try await connection.run("echo \(number)").text == "\(number)\n")
      }
      await connection.close()
    }
  }

  @Test("a command that ends before it has read its input does not block the writer")
  func deaf() async throws {
    try await withSite { site in
      let connection = try await site.connect()
      let channel = try await connection.open("exit 5")
      let writing = Task {
        let piece = [UInt8](repeating: 0, count: 1 << 20)
        for _ in 0..<50 { try await channel.write(piece) }
      }
      #expect(try await channel.transcript().status == 5)
      await #expect(throws: RemoteError.self) { try await writing.value }
      await connection.close()
    }
  }

  @Test("a command that is too long is refused here, and the connection lives on")
  func longCommand() async throws {
    try await withSite { site in
      let connection = try await site.connect()
      await #expect(throws: RemoteError.self) {
        _ = try await connection.open("true " + String(repeating: "x", count: 40_000))
      }
      let longest = "true " + String(repeating: "x", count: 31_990)
      #expect(try await connection.run(longest).status == nil)
      #expect(try await connection.run("exit 3").status == 3)
      await connection.close()
    }
  }

  @Test("a reader who does not read stops the server, not our memory")
  func unread() async throws {
    try await withSite { site in
      let connection = try await site.connect()
      let flood = try await connection.open(
        "i=0; while [ $i -lt 400 ]; do head -c 100000 /dev/zero; i=$((i+1)); echo $i > "
          + "\(site.path("count")); done")
      try await Task.sleep(for: .seconds(1))
      let count = try Int(String(contentsOf: site.path("count")).dropLast()) ?? 0
      print("a flood nobody reads stopped after \(count * 100) KB")
      #expect((40..<120).contains(count))
      #expect(try await connection.run("echo other").text == "other\n")
      #expect(try await flood.transcript().output.count == 40_000_000)
      await connection.close()
    }
  }

  @Test("new keys in the middle of a transfer do no harm")
  func newKeys() async throws {
    try await withSite(configuration: ["RekeyLimit 1M"]) { site in
      let connection = try await site.connect()
      let channel = try await connection.open("cat")
      let piece = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
      async let writing: Void = {
        for _ in 0..<20 { try await channel.write(piece) }
        try await channel.finishWriting()
      }()
      let transcript = try await channel.transcript()
      try await writing
      #expect(transcript.output.count == 20 << 20)
      #expect(transcript.output[(7 << 20)..<(8 << 20)].elementsEqual(piece))
      let exchanges = site.server.log.split(whereSeparator: \.isNewline)
        .count { $0.contains("SSH2_MSG_KEXINIT received") }
      print("20 MB and \(exchanges) key exchanges")
      #expect(exchanges > 5)
      await connection.close()
    }
  }

  @Test("a dozen channels at a time, each with its own answer")
  func manyChannels() async throws {
    try await withSite { site in
      let connection = try await site.connect()
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<12 {
          group.addTask {
            let text = try await connection.run("head -c 300000 /dev/zero; echo \(number)")
            return text.output.count == 300_000 + "\(number)\n".utf8.count
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
      await connection.close()
    }
  }
}
