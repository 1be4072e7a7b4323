import Processes
import Remote
import SSH
import TestSupport
import Testing

@Suite("Ways to a host", .serialized)
struct RouteTests {
  @Test("a name in ssh_config stands for a host, a port and a key")
  func alias() async throws {
    try await withSite { site in
      try site.write(
        """
        Host shop
          HostName 127.0.0.1
          Port \(site.server.port)
          IdentityFile \(site.directory)/%u-key
          UserKnownHostsFile \(site.path("none")) \(site.path("known_hosts"))
        """, to: "config")
      let user = try Command(["id", "-un"]).run().text.dropLast()
      _ = try Command(["cp", "-p", site.key.path, "\(site.directory)/\(user)-key"]).run()
      let target = SSHTarget(host: "shop", config: site.path("config"))
      let connection = try await SSHConnection.connect(target, environment: site.environment)
      #expect(connection.host == "shop")
      #expect(try await connection.run("echo hi").text == "hi\n")
      await connection.close()
    }
  }

  @Test("localhost leads to whichever of its addresses answers")
  func severalAddresses() async throws {
    try await withSite { site in
      try site.write(
        site.server.knownHosts(as: "[localhost]:\(site.server.port)"), to: "known_hosts")
      let connection = try await site.connect { $0.host = "localhost" }
      #expect(try await connection.run("echo hi").text == "hi\n")
      await connection.close()
    }
  }

  @Test("two jump hosts, each with its own key and host key")
  func jumps() async throws {
    let first = try Site(key: .rsa)
    let second = try Site(key: .ecdsa)
    let last = try Site()
    defer { for site in [first, second, last] { site.remove() } }
    try last.write(
      """
      Host first
        HostName 127.0.0.1
        Port \(first.server.port)
        IdentityFile \(first.key.path)
      Host second
        HostName 127.0.0.1
        Port \(second.server.port)
        IdentityFile \(second.key.path)
      Host last
        HostName 127.0.0.1
        Port \(last.server.port)
        IdentityFile \(last.key.path)
        ProxyJump first,second
      Host *
        UserKnownHostsFile \(last.path("known_hosts"))
      """, to: "config")
    let known = [first, second, last].map { $0.server.knownHosts() }.joined()
    try last.write(known, to: "known_hosts")
    let target = SSHTarget(host: "last", config: last.path("config"))
    let connection = try await SSHConnection.connect(target, environment: last.environment)
    #expect(try await connection.run("echo $SSH_CONNECTION").text.contains("\(last.server.port)"))
    #expect(first.server.log.contains("direct-tcpip"))
    #expect(second.server.log.contains("direct-tcpip"))
    #expect(first.server.executions == 0)

    let channel = try await connection.open("cat")
    let piece = [UInt8](repeating: 7, count: 1 << 20)
    let start = ContinuousClock.now
    async let writing: Void = {
      for _ in 0..<20 { try await channel.write(piece) }
      try await channel.finishWriting()
    }()
    let transcript = try await channel.transcript()
    try await writing
    print("20 MB echoed through two jump hosts in \(ContinuousClock.now - start)")
    #expect(transcript.output.count == 20 << 20)
    await connection.close()

    // A jump host whose key is not known is refused like any other.
    try last.write([first, last].map { $0.server.knownHosts() }.joined(), to: "known_hosts")
    await #expect {
      try await SSHConnection.connect(target, environment: last.environment)
    } throws: {
      guard case .hostKeyRefused(host: "second", _, _) = $0 as? RemoteError else { return false }
      return true
    }
  }

  @Test("a ProxyJump that leads back to itself ends")
  func loop() async throws {
    try await withSite { site in
      try site.write("Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n", to: "config")
      await #expect {
        try await SSHConnection.connect(
          SSHTarget(host: "a", config: site.path("config")), environment: site.environment)
      } throws: {
        "\($0)".contains("too many hosts")
      }
    }
  }

  @Test("a ProxyCommand's program carries the connection, noise before the banner included")
  func program() async throws {
    try await withSite { site in
      try site.write(
        #"ProxyCommand sh -c "printf 'welcome\n\n%%s\n' %h:%p; exec /usr/sbin/sshd -i "#
          + "-f \(site.server.directory)/config -E \(site.path("log"))\"\n", to: "config")
      let connection = try await site.connect { $0.config = site.path("config") }
      #expect(try await connection.run("echo hi").text == "hi\n")
      await connection.close()
      #expect(site.server.connections == 0)
    }
  }

  @Test("what a failing ProxyCommand complained about is in the error")
  func failingProgram() async throws {
    try await withSite { site in
      try site.write("ProxyCommand sh -c 'echo no such gate >&2; exit 1'\n", to: "config")
      await #expect {
        try await site.connect { $0.config = site.path("config") }
      } throws: {
        "\($0)".contains("no such gate")
      }
    }
  }
}

extension String {
  init(contentsOf path: String) throws {
    self = try Command(["cat", path]).run().text
  }
}
