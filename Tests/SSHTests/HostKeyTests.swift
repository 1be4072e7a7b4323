import FoundationEssentials
import Glibc
import Remote
import SSH
import TestSupport
import Testing

@Suite("Host keys", .serialized)
struct HostKeyTests {
  private func refusal(
    _ site: Site, interaction: Interaction = .none, _ change: (inout SSHTarget) -> Void = { _ in }
  ) async -> String? {
    do {
      let connection = try await site.connect(change, interaction: interaction)
      await connection.close()
      return nil
    } catch RemoteError.hostKeyRefused(_, let why, _) {
      return why
    } catch {
      return "other: \(error)"
    }
  }

  @Test("an unknown host is refused when there is nobody to ask, before any login")
  func unknown() async throws {
    try await withSite { site in
      let why = await refusal(site) { $0.knownHosts = site.path("none") }
      #expect(why?.contains("in no known_hosts file") == true)
      #expect(!site.server.log.contains("userauth-request"))
      #expect(access(site.path("none"), F_OK) != 0)
    }
  }

  @Test("a changed key is refused, with the line that knows another")
  func changed() async throws {
    try await withSite { site in
      let other = try SSHServerKey.make(.ed25519, at: site.path("other"))
      try site.write(
        "# mine\n[127.0.0.1]:\(site.server.port) \(other.publicLine)\n", to: "known_hosts")
      let why = await refusal(site)
      #expect(why?.contains("known by another key, at \(site.path("known_hosts")):2") == true)
      #expect(!site.server.log.contains("userauth-request"))
    }
  }

  @Test("a host known by another type of key counts as changed")
  func otherType() async throws {
    try await withSite { site in
      let other = try SSHServerKey.make(.ecdsa, at: site.path("other"))
      try site.write(
        "[127.0.0.1]:\(site.server.port) \(other.publicLine)\n", to: "known_hosts")
      let why = await refusal(site)
      #expect(why?.contains("known by another key") == true)
    }
  }

  @Test("a revoked key is refused even when it is known too")
  func revoked() async throws {
    try await withSite { site in
      let line = "[127.0.0.1]:\(site.server.port) \(site.server.hostKeys[0].publicLine)\n"
      try site.write(line + "@revoked " + line, to: "known_hosts")
      let why = await refusal(site)
      #expect(why?.contains("revoked at \(site.path("known_hosts")):2") == true)
    }
  }

  @Test("of several keys the server is asked for the one that is known")
  func severalTypes() async throws {
    try await withSite(hostKeys: [.ed25519, .ecdsa, .rsa]) { site in
      let known = try #require(site.server.hostKeys.first { $0.kind == .ecdsa })
      try site.write(
        "[127.0.0.1]:\(site.server.port) \(known.publicLine)\n", to: "known_hosts")
      #expect(await refusal(site) == nil)
    }
  }

  @Test(
    "a pinned fingerprint stands above the files, whichever of the server's keys it is",
    arguments: [SSHServerKey.Kind.ed25519, .ecdsa])
  func pin(kind: SSHServerKey.Kind) async throws {
    try await withSite(hostKeys: [.ed25519, .ecdsa]) { site in
      let pinned = try #require(site.server.hostKeys.first { $0.kind == kind }).fingerprint()
      let why = await refusal(site) {
        $0.knownHosts = site.path("none")
        $0.hostKey = pinned
      }
      #expect(why == nil)
    }
  }

  @Test("another key than the pinned one is refused, though the files know it")
  func wrongPin() async throws {
    try await withSite(hostKeys: [.ed25519, .ecdsa]) { site in
      let other = try SSHServerKey.make(.ed25519, at: site.path("other")).fingerprint()
      let why = await refusal(site) { $0.hostKey = other }
      #expect(why?.contains("not the key that the configuration names") == true)
      #expect(!site.server.log.contains("userauth-request"))
    }
  }

  @Test("a wrong login with a pinned key is told as such")
  func pinAndWrongLogin() async throws {
    try await withSite(hostKeys: [.ed25519, .ecdsa]) { site in
      let pinned = try #require(site.server.hostKeys.first { $0.kind == .ecdsa }).fingerprint()
      let other = try SSHServerKey.make(.ed25519, at: site.path("other"))
      let why = await refusal(site) {
        $0.hostKey = pinned
        $0.identity = other.path
      }
      #expect(why?.contains("notAuthenticated") == true)
    }
  }

  @Test("a person can trust an unknown host, which is then recorded", arguments: [false, true])
  func trust(hashed: Bool) async throws {
    try await withSite { site in
      try site.write("HashKnownHosts \(hashed ? "yes" : "no")\n", to: "config")
      let expected = try site.server.hostKeys[0].fingerprint()
      let interaction = Interaction(trust: { question in
        #expect(question.fingerprint == expected)
        #expect(question.name == "[127.0.0.1]:\(site.server.port)")
        return true
      })
      let file = site.path("new/dir/known_hosts")
      let change: (inout SSHTarget) -> Void = {
        $0.config = site.path("config")
        $0.knownHosts = file
      }
      #expect(await refusal(site, interaction: interaction, change) == nil)
      let recorded = try String(contentsOfFile: file, encoding: .utf8)
      #expect(recorded.hasPrefix(hashed ? "|1|" : "[127.0.0.1]:"))
      var status = stat()
      #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
      // And without anybody to ask from now on.
      #expect(await refusal(site, change) == nil)
    }
  }

  @Test("a person who does not trust it, and StrictHostKeyChecking, keep the door shut")
  func distrust() async throws {
    try await withSite { site in
      let no = Interaction(trust: { _ in false })
      #expect(await refusal(site, interaction: no) { $0.knownHosts = site.path("none") } != nil)
      try site.write("StrictHostKeyChecking yes\n", to: "config")
      let unasked = Interaction(trust: { _ in
        Issue.record("asked")
        return true
      })
      let why = await refusal(site, interaction: unasked) {
        $0.knownHosts = site.path("none")
        $0.config = site.path("config")
      }
      #expect(why != nil)
      #expect(access(site.path("none"), F_OK) != 0)
    }
  }

  @Test("a host's key can be looked at without logging in")
  func look() async throws {
    try await withSite { site in
      var target = site.target
      target.identity = nil
      target.knownHosts = site.path("none")
      let presented = try await SSHConnection.look(at: target, environment: site.environment)
      #expect(presented.question.fingerprint == (try site.server.hostKeys[0].fingerprint()))
      #expect(presented.verdict == .unknown)
      let file = try #require(presented.file)
      try KnownHosts.record(presented.question, in: file, hashed: presented.isHashed)
      let again = try await SSHConnection.look(at: target, environment: site.environment)
      guard case .known = again.verdict else {
        Issue.record("\(again.verdict)")
        return
      }
      #expect(!site.server.log.contains("userauth-request"))
    }
  }

  @Test("HostKeyAlias is the name that counts")
  func alias() async throws {
    try await withSite { site in
      try site.write("HostKeyAlias shop\n", to: "config")
      try site.write(site.server.knownHosts(as: "shop"), to: "known_hosts")
      #expect(await refusal(site) { $0.config = site.path("config") } == nil)
      #expect(await refusal(site) != nil)
    }
  }

  @Test("a server with only weak algorithms, or only an RSA key, is refused with the way out")
  func weak() async throws {
    for line in [
      "Ciphers aes128-cbc,3des-cbc", "MACs hmac-sha1", "KexAlgorithms diffie-hellman-group14-sha1",
      "Ciphers aes128-gcm@openssh.com", "MACs hmac-sha2-256-etm@openssh.com",
      "HostKeyAlgorithms rsa-sha2-512", "HostKeyAlgorithms ssh-rsa",
    ] {
      try await withSite(hostKeys: [.rsa, .ed25519], configuration: [line]) { site in
        await #expect("\(line)") {
          try await site.connect()
        } throws: {
          "\($0)".contains("\\\"transport\\\": \\\"openssh\\\"")
        }
        #expect(!site.server.log.contains("userauth-request"))
      }
    }
  }
}
