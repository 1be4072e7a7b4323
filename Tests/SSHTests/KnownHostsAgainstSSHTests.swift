import Digests
import FoundationEssentials
import Glibc
import Processes
import SSH
import TestSupport
import Testing

@Suite("Our verdict on a host key")
struct KnownHostsAgainstSSHTests {
  /// A file, and how the server is reached.
  private struct Trial: Sendable {
    let number: Int
    let text: String
    let host: String
    let alias: String?
  }

  private struct Tally: Sendable {
    var words: [String: Int] = [:]
    var differing: [String] = []
    var tooLax = 0

    func adding(_ other: Tally) -> Tally {
      Tally(
        words: words.merging(other.words, uniquingKeysWith: +),
        differing: differing + other.differing, tooLax: tooLax + other.tooLax)
    }
  }

  /// 100 files in the usual run; all 500 with DEPLOY_TEST_FULL=1.
  @Test("is that of ssh, for generated files and hosts")
  func differential() async throws {
    let count = getenv("DEPLOY_TEST_FULL") == nil ? 100 : 500
    let server = try SSHServer(.init(hostKeys: [.ed25519, .ecdsa]))
    defer { server.stop() }
    let strangers = try SSHServerKey.Kind.allCases.map {
      try SSHServerKey.make($0, at: "\(server.directory)/stranger_\($0.rawValue)").publicLine
    }
    var generator = Generator(seed: 20_261_120)
    let trials = (0..<count).map { number in
      Trial(
        number: number,
        text: generator.file(
          port: server.port, keys: server.hostKeys.map(\.publicLine), strangers: strangers),
        host: generator.pick(["127.0.0.1", "localhost"]),
        alias: generator.chance(4) ? "shop.example" : nil)
    }
    // Two at a time: nearly all of it is waiting for processes.
    async let even = judge(trials.filter { $0.number % 2 == 0 }, server)
    async let odd = judge(trials.filter { $0.number % 2 == 1 }, server)
    let result = try await even.adding(try await odd)
    print(
      "known_hosts against ssh: \(count) files, \(result.words), \(result.differing.count) differ")
    #expect(result.words.values.reduce(0, +) == count)
    #expect(result.words.count == 4, "the generator no longer reaches every verdict")
    #expect(result.differing.isEmpty, "\(result.differing.prefix(3))")
    #expect(result.tooLax == 0)
  }

  private func judge(_ trials: [Trial], _ server: SSHServer) async throws -> Tally {
    var tally = Tally()
    for trial in trials {
      let (theirs, ours) = try await compare(trial, server)
      tally.words[theirs, default: 0] += 1
      if theirs == ours { continue }
      tally.differing.append("\(trial): ssh says \(theirs), we say \(ours)")
      if ours == "known" { tally.tooLax += 1 }
    }
    return tally
  }

  private func compare(_ trial: Trial, _ server: SSHServer) async throws -> (String, String) {
    let file = "\(server.directory)/trial_\(trial.number)"
    try Scratch.write(trial.text, to: file)
    let config =
      "UserKnownHostsFile \(file)\nGlobalKnownHostsFile none\n"
      + (trial.alias.map { "HostKeyAlias \($0)\n" } ?? "")
    try Scratch.write(config, to: file + ".config")
    let ssh = [
      "ssh", "-F", file + ".config", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o",
      "PreferredAuthentications=none", "-o", "UpdateHostKeys=no", "-p", "\(server.port)",
      trial.host,
      "true",
    ]
    async let theirs = try Command(ssh).run().errorText
    let target = SSHTarget(host: trial.host, port: server.port, config: file + ".config")
    let presented = try await SSHConnection.look(
      at: target, environment: ["PATH": "/usr/bin:/bin"])
    return (Self.word(try await theirs), Self.word(presented.verdict))
  }

  private static func word(_ errors: String) -> String {
    if errors.contains("Permission denied") { return "known" }
    if errors.contains("REVOKED HOST KEY") { return "revoked" }
    if errors.contains("IDENTIFICATION HAS CHANGED") { return "changed" }
    if errors.contains("host key is known for") { return "unknown" }
    return "?? \(errors)"
  }

  private static func word(_ verdict: KnownHosts.Verdict) -> String {
    switch verdict {
    case .known: "known"
    case .unknown: "unknown"
    case .changed: "changed"
    case .revoked: "revoked"
    }
  }
}

/// Writes known_hosts files that are mostly plausible. The same seed gives the same files, but for
/// the server's keys and port.
private struct Generator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  private mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  mutating func chance(_ one: Int) -> Bool { next() % UInt64(one) == 0 }

  mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int(next() % UInt64(values.count))]
  }

  mutating func file(port: Int, keys: [String], strangers: [String]) -> String {
    let end = chance(6) ? "\r\n" : "\n"
    return (0..<(1 + next() % 5)).map { _ in
      line(port: port, keys: keys, strangers: strangers) + (chance(20) ? "\n" : end)
    }.joined()
  }

  private mutating func line(port: Int, keys: [String], strangers: [String]) -> String {
    if chance(12) {
      return pick([
        "", "# a comment", "rubbish", "127.0.0.1", "localhost ssh-rsa", "|1|x|y ssh-rsa A",
      ])
    }
    var key = chance(3) ? pick(strangers) : pick(keys)
    if chance(15) { key = String(key.dropLast(Int(1 + next() % 5))) }
    if chance(15) { key = key.replacing("ssh-ed25519 ", with: "ssh-rsa ") }
    let marker = chance(4) ? pick(["@revoked ", "@revoked ", "@cert-authority ", "@other "]) : ""
    let comment = chance(3) ? " somebody@somewhere" : ""
    let indent = chance(15) ? "  " : ""
    return indent + marker + names(port: port) + pick([" ", " ", "\t", "  "]) + key + comment
  }

  private mutating func names(port: Int) -> String {
    if chance(4) { return hashed(name(port: port)) }
    let count = 1 + Int(next() % 3)
    return (0..<count).map { _ in (chance(6) ? "!" : "") + pattern(name(port: port)) }
      .joined(separator: ",")
  }

  private mutating func name(port: Int) -> String {
    let host = pick(["127.0.0.1", "localhost", "shop.example", "other.example"])
    return chance(3) ? host : "[\(host)]:\(chance(8) ? port + 1 : port)"
  }

  private mutating func pattern(_ name: String) -> String {
    switch next() % 10 {
    case 0: return "*"
    case 1: return String(name.prefix(3)) + "*"
    case 2: return "*" + String(name.suffix(4))
    case 3: return "?" + name.dropFirst()
    case 4: return name.uppercased()
    default: return name
    }
  }

  private mutating func hashed(_ name: String) -> String {
    let salt = (0..<20).map { _ in UInt8(truncatingIfNeeded: next()) }
    return "|1|\(Base64.encode(salt))|\(Base64.encode(hmacSHA1(key: salt, Array(name.utf8))))"
  }
}
