import Glibc
import Processes
import Remote
import SSH
import TestSupport
import Testing

@Suite("Logging in", .serialized)
struct LoginTests {
  /// Runs a command, so that a connection that only looks open cannot pass.
  private func expectOpen(_ connection: SSHConnection) async throws {
    #expect(try await connection.run("echo in").text == "in\n")
    await connection.close()
  }

  private func answering(_ text: String) -> Interaction {
    Interaction(prompt: { _ in text })
  }

  @Test("a key file of each kind opens the door", arguments: SSHServerKey.Kind.allCases)
  func keyFile(kind: SSHServerKey.Kind) async throws {
    try await withSite(key: kind) { site in
      try await expectOpen(try await site.connect())
    }
  }

  @Test("an old PEM file does too", arguments: [SSHServerKey.Kind.ecdsa, .rsa])
  func pem(kind: SSHServerKey.Kind) async throws {
    try await withSite(key: kind) { site in
      try change(site.key, from: "", to: "", options: ["-m", "PEM"])
      #expect(
        site.key.privateText.contains("EC PRIVATE") || site.key.privateText.contains("RSA PR"))
      try await expectOpen(try await site.connect())
    }
  }

  @Test("an encrypted key file asks for its passphrase", arguments: SSHServerKey.Kind.allCases)
  func encrypted(kind: SSHServerKey.Kind) async throws {
    try await withSite(key: kind) { site in
      try change(site.key, from: "", to: "o'pen $x \\ é")
      try await expectOpen(try await site.connect(interaction: answering("o'pen $x \\ é")))
      await #expect {
        try await site.connect(interaction: answering("wrong"))
      } throws: {
        "\($0)".contains("wrong passphrase")
      }
      await #expect {
        try await site.connect()
      } throws: {
        "\($0)".contains("encrypted")
      }
    }
  }

  @Test("a key that the server does not want is not decrypted for nothing")
  func needlessPassphrase() async throws {
    try await withSite { site in
      let other = try SSHServerKey.make(
        .ed25519, at: site.path("other"), passphrase: "secret phrase")
      let interaction = Interaction(prompt: { _ in
        Issue.record("asked for a passphrase")
        return nil
      })
      await #expect {
        try await site.connect({ $0.identity = other.path }, interaction: interaction)
      } throws: {
        $0 as? RemoteError
          == .notAuthenticated(
            host: "127.0.0.1", user: name, tried: ["\(other.path) (ED25519)"])
      }
    }
  }

  @Test("an agent's key of each kind opens the door", arguments: SSHServerKey.Kind.allCases)
  func agentKey(kind: SSHServerKey.Kind) async throws {
    try await withSite(key: kind) { site in
      let agent = try TestAgent(at: site.path("agent"))
      defer { agent.stop() }
      try agent.add(site.key)
      let connection = try await site.connect(
        { $0.identity = nil }, adding: ["SSH_AUTH_SOCK": agent.socket])
      try await expectOpen(connection)
    }
  }

  @Test("an encrypted file is not asked about when the agent holds its key")
  func agentBeforeFile() async throws {
    try await withSite { site in
      let agent = try TestAgent(at: site.path("agent"))
      defer { agent.stop() }
      try agent.add(site.key)
      try change(site.key, from: "", to: "secret phrase")
      let connection = try await site.connect(adding: ["SSH_AUTH_SOCK": agent.socket])
      try await expectOpen(connection)
    }
  }

  @Test("DEPLOY_SSH_KEY holds the key itself", arguments: SSHServerKey.Kind.allCases)
  func variable(kind: SSHServerKey.Kind) async throws {
    try await withSite(key: kind) { site in
      // As CI systems hand it over: the last newline lost.
      let text = String(site.key.privateText.dropLast())
      let connection = try await site.connect(
        { $0.identity = nil }, adding: ["DEPLOY_SSH_KEY": text])
      try await expectOpen(connection)
    }
  }

  @Test("a key that is not authorized is named in the error")
  func wrongKey() async throws {
    try await withSite { site in
      let other = try SSHServerKey.make(.ecdsa, at: site.path("other"))
      await #expect {
        try await site.connect { $0.identity = other.path }
      } throws: {
        $0 as? RemoteError
          == .notAuthenticated(
            host: "127.0.0.1", user: name, tried: ["\(other.path) (ECDSA)"])
      }
    }
  }

  @Test("the second key opens the door when the first does not")
  func secondKey() async throws {
    try await withSite { site in
      let other = try SSHServerKey.make(.ecdsa, at: site.path("other"))
      try site.write(
        "IdentityFile \(other.path)\nIdentityFile \(site.key.path)\n", to: "config")
      let connection = try await site.connect {
        $0.identity = nil
        $0.config = site.path("config")
      }
      try await expectOpen(connection)
    }
  }

  @Test("a key file that others can read is refused, with the command that mends it")
  func openFile() async throws {
    try await withSite { site in
      chmod(site.key.path, 0o644)
      await #expect {
        try await site.connect()
      } throws: {
        "\($0)".contains("chmod 600 \(site.key.path)")
      }
      #expect(site.server.connections == 0)
    }
  }

  @Test("a missing key file and a file that is no key are told apart")
  func badFiles() async throws {
    try await withSite { site in
      try site.write("hello\n", to: "text")
      await #expect {
        try await site.connect { $0.identity = site.path("none") }
      } throws: {
        "\($0)".contains("there is no key")
      }
      await #expect {
        try await site.connect { $0.identity = site.path("text") }
      } throws: {
        "\($0)".contains("does not hold a private key")
      }
    }
  }

  @Test("the reason is told when the server hangs up on too many keys")
  func tooManyKeys() async throws {
    try await withSite(configuration: ["MaxAuthTries 1"]) { site in
      let first = try SSHServerKey.make(.ecdsa, at: site.path("first"))
      let second = try SSHServerKey.make(.ed25519, at: site.path("second"))
      try site.write(
        "IdentityFile \(first.path)\nIdentityFile \(second.path)\n", to: "config")
      await #expect {
        try await site.connect {
          $0.identity = nil
          $0.config = site.path("config")
        }
      } throws: {
        "\($0)".contains("Too many authentication failures")
      }
    }
  }

  private var name: String {
    getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? ""
  }

  private func change(
    _ key: SSHServerKey, from old: String, to new: String, options: [String] = []
  ) throws {
    let words = ["ssh-keygen", "-q", "-p", "-P", old, "-N", new, "-f", key.path] + options
    let result = try Command(words).run()
    try #require(result.status == 0, "\(result.errorText)")
  }
}

/// An ssh-agent for one test.
struct TestAgent {
  let socket: String
  private let child: Child

  init(at path: String) throws {
    socket = path
    child = try Child.start(
      Command(["ssh-agent", "-D", "-a", path]), input: .null, output: .null, errors: .null)
    // 2 means that it does not answer yet.
    for _ in 0..<300 where try ask(["-l"]).status == 2 { usleep(10_000) }
  }

  func add(_ key: SSHServerKey) throws {
    let result = try ask(["-q", key.path])
    try #require(result.status == 0, "\(result.errorText)")
  }

  private func ask(_ words: [String]) throws -> Command.Result {
    try Command(["env", "SSH_AUTH_SOCK=\(socket)", "ssh-add"] + words).run()
  }

  func stop() {
    kill(child.pid, SIGTERM)
    _ = child.wait()
  }
}
