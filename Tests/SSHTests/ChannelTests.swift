import Glibc
import Remote
import SSH
import TestSupport
import Testing

@Suite("A channel over libssh2", .serialized)
struct ChannelTests {
  @Test("a command's output comes back")
  func output() async throws {
    try await withSite { site in
      let start = ContinuousClock.now
      let connection = try await site.connect()
      let connected = ContinuousClock.now
      #expect(try await connection.run("echo hello").text == "hello\n")
      let answered = ContinuousClock.now
      #expect(try await connection.run("echo again").text == "again\n")
      print(
        "connected and logged in after \(connected - start), first answer \(answered - connected), "
          + "second \(ContinuousClock.now - answered)")
      await connection.close()
    }
  }

  @Test(
    "a status is told when it is known, and nil stands for what libssh2 cannot know",
    arguments: [
      ("exit 7", 7), ("exit 255", 255), ("exit 0", nil), ("true", nil), ("kill -9 $$", 137),
      ("kill -TERM $$", 143), ("exec >&- 2>&-; sleep 0.3; exit 3", 3),
    ] as [(String, Int32?)])
  func status(command: String, expected: Int32?) async throws {
    try await withSite { site in
      let connection = try await site.connect()
      #expect(try await connection.run(command).status == expected)
      await connection.close()
    }
  }

  @Test("20 MB go in and come back without a deadlock")
  func echo() async throws {
    try await withSite { site in
      let connection = try await site.connect()
      let channel = try await connection.open("cat")
      var generator = SystemRandomNumberGenerator()
      let piece = (0..<(1 << 20)).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let start = ContinuousClock.now
      async let writing: Void = {
        for _ in 0..<20 { try await channel.write(piece) }
        try await channel.finishWriting()
      }()
      let transcript = try await channel.transcript()
      try await writing
      let time = ContinuousClock.now - start
      print("20 MB echoed in \(time): \(Int(40 / (time / .seconds(1)))) MB/s both ways together")
      #expect(transcript.output.count == 20 << 20)
      #expect(transcript.output == Array(repeatElement(piece, count: 20).joined()))
      await connection.close()
    }
  }

  @Test("2 MB on standard error arrive beside standard output")
  func errors() async throws {
    try await withSite { site in
      let connection = try await site.connect()
      let transcript = try await connection.run(
        "echo out; head -c 2000000 /dev/zero >&2; echo done; exit 4")
      #expect(transcript.text == "out\ndone\n")
      #expect(transcript.errors.count == 2_000_000)
      #expect(transcript.status == 4)
      await connection.close()
    }
  }
}
