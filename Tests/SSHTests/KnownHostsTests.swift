import Glibc
import Processes
import SSH
import TestSupport
import Testing

@Suite("The known_hosts files")
struct KnownHostsTests {
  private static let keyA =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2Gk3LAkFSpM7BySPkKJ3tKbqBEhR9wuAAKIYpqjJVG"
  private static let keyB =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMyUTtZCdXdlPbLsXHfXK2HkHOFm5nGA1r2cY4aJCkFe"

  private func verdict(_ text: String, host: String = "web1", port: Int = 22, alias: String? = nil)
    throws -> KnownHosts.Verdict
  {
    let directory = try Scratch.directory("known")
    defer { Scratch.remove(directory) }
    let path = directory + "/file"
    try Scratch.write(text, to: path)
    let blob = try #require(HostKey(line: Self.keyA))
    return KnownHosts(files: [path]).verdict(host: host, port: port, alias: alias, key: blob)
  }

  @Test(
    "lines are matched as ssh matches them",
    arguments: [
      ("web1 A", "known"), ("WEB1 A", "known"), ("web2 A", "unknown"), ("web1 B", "changed"),
      ("web1 B\nweb1 A", "known"), ("web1 A\nweb1 B", "known"), ("web2,web1 A", "known"),
      ("web* A", "known"), ("we?1 A", "known"), ("we?11 A", "unknown"), ("*,!web1 A", "unknown"),
      ("!web1,* A", "unknown"), ("!web2,* A", "known"), ("!web1 A", "unknown"),
      ("@revoked web1 A", "revoked"), ("web1 A\n@revoked * A", "revoked"),
      ("@revoked web1 B\nweb1 A", "known"), ("@cert-authority web1 A", "unknown"),
      ("# web1 A", "unknown"), ("  web1   A   a comment", "known"), ("web1\tA", "known"),
      ("web1 A\r", "known"), ("web1 A comment\r", "known"), ("rubbish\n\nweb1 A", "known"),
      ("web1 ssh-ed25519 AAAA\nweb1 A", "known"), ("web1 ssh-rsa", "unknown"),
      ("@unknown web1 A", "unknown"), ("@revoked @revoked web1 A", "unknown"),
      ("[web1]:22 A", "unknown"), ("web1 ssh-rsa A", "unknown"), ("", "unknown"),
      ("**********************************w A", "unknown"),
    ])
  func table(text: String, expected: String) throws {
    let text = text.replacing("A", with: Self.keyA, after: " \t").replacing(
      "B", with: Self.keyB, after: " \t")
    #expect(word(try verdict(text)) == expected)
  }

  @Test(
    "ports and aliases",
    arguments: [
      ("[web1]:2222 A", 2222, nil, "known"), ("[web1]:2222 A", 2223, nil, "unknown"),
      ("[web1]:* A", 2222, nil, "known"), ("web1 A", 2222, nil, "known"),
      ("web1 B", 2222, nil, "unknown"), ("web1 A\n[web1]:2222 B", 2222, nil, "changed"),
      ("web1 A\n@revoked web1 A", 2222, nil, "revoked"), ("shop A", 2222, "shop", "known"),
      ("web1 A", 22, "shop", "unknown"), ("[shop]:2222 A", 2222, "shop", "unknown"),
    ] as [(String, Int, String?, String)])
  func ports(text: String, port: Int, alias: String?, expected: String) throws {
    let text = text.replacing("A", with: Self.keyA, after: " \t").replacing(
      "B", with: Self.keyB, after: " \t")
    #expect(word(try verdict(text, port: port, alias: alias)) == expected)
  }

  @Test("a hashed line that ssh-keygen made is found, and only for its host")
  func hashed() throws {
    let directory = try Scratch.directory("known")
    defer { Scratch.remove(directory) }
    let path = directory + "/file"
    try Scratch.write("web1 \(Self.keyA)\n[web1]:2222 \(Self.keyA)\n", to: path)
    _ = try Command(["ssh-keygen", "-H", "-f", path]).run()
    let known = KnownHosts(files: [path])
    let key = try #require(HostKey(line: Self.keyA))
    #expect(word(known.verdict(host: "web1", port: 22, key: key)) == "known")
    #expect(word(known.verdict(host: "web1", port: 2222, key: key)) == "known")
    #expect(word(known.verdict(host: "web2", port: 22, key: key)) == "unknown")
  }

  @Test("ssh-keygen finds what we record, plain and hashed, after a line without an end")
  func record() throws {
    let directory = try Scratch.directory("known")
    defer { Scratch.remove(directory) }
    let path = directory + "/new/file"
    let key = try #require(HostKey(line: Self.keyA))
    for (name, hashed) in [("[web1]:2222", false), ("web2", true)] {
      try KnownHosts.record(HostKeyQuestion(name: name, key: key), in: path, hashed: hashed)
      let found = try Command(["ssh-keygen", "-F", name, "-f", path]).run()
      #expect(found.status == 0, "\(name)")
    }
    try Scratch.write("web3 \(Self.keyB)", to: path)
    try KnownHosts.record(HostKeyQuestion(name: "web4", key: key), in: path, hashed: false)
    for name in ["web3", "web4"] {
      #expect(try Command(["ssh-keygen", "-F", name, "-f", path]).run().status == 0)
    }
  }

  private func word(_ verdict: KnownHosts.Verdict) -> String {
    switch verdict {
    case .known: "known"
    case .unknown: "unknown"
    case .changed: "changed"
    case .revoked: "revoked"
    }
  }
}

extension String {
  /// Puts a key in the place of its letter, where a blank stands before it.
  fileprivate func replacing(_ letter: Character, with key: String, after blanks: String) -> String
  {
    var result = ""
    var last: Character = "x"
    for character in self {
      result += character == letter && blanks.contains(last) ? key : String(character)
      last = character
    }
    return result
  }
}
