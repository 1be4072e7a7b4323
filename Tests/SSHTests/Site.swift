import FoundationEssentials
import Glibc
import Remote
import SSH
import TestSupport

/// A server, a key that may log in, and the files that a user would have beside them.
struct Site {
  let server: SSHServer
  let key: SSHServerKey
  let directory: String

  init(
    key kind: SSHServerKey.Kind = .ed25519, hostKeys: [SSHServerKey.Kind] = [.ed25519],
    configuration: [String] = []
  ) throws {
    directory = try Scratch.directory("site")
    key = try SSHServerKey.make(kind, at: directory + "/key")
    server = try SSHServer(
      .init(
        hostKeys: hostKeys, authorizedKeys: [key.publicLine], configuration: configuration))
    try write(server.knownHosts(), to: "known_hosts")
    try write("", to: "empty")
  }

  func remove() {
    server.stop()
    Scratch.remove(directory)
  }

  func write(_ text: String, to name: String) throws {
    try Scratch.write(text, to: path(name))
  }

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  /// Nothing of the machine's own ssh_config plays a part.
  var target: SSHTarget {
    SSHTarget(
      host: "127.0.0.1", port: server.port, config: path("empty"), identity: key.path,
      knownHosts: path("known_hosts"))
  }

  var environment: [String: String] {
    ["PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"]
  }

  func connect(
    _ change: (inout SSHTarget) -> Void = { _ in }, interaction: Interaction = .none,
    adding variables: [String: String] = [:]
  ) async throws -> SSHConnection {
    var target = target
    change(&target)
    return try await SSHConnection.connect(
      target, interaction: interaction,
      environment: environment.merging(variables) { $1 })
  }
}

/// Makes a site, hands it out, and takes it away whatever happens.
func withSite(
  key: SSHServerKey.Kind = .ed25519, hostKeys: [SSHServerKey.Kind] = [.ed25519],
  configuration: [String] = [], _ body: (Site) async throws -> Void
) async throws {
  let site = try Site(key: key, hostKeys: hostKeys, configuration: configuration)
  defer { site.remove() }
  try await body(site)
}

/// All that a command prints, and how it ends.
struct Transcript: Equatable {
  var output: [UInt8] = []
  var errors: [UInt8] = []
  var status: Int32?

  var text: String { String(decoding: output, as: UTF8.self) }
}

extension Channel {
  func transcript(within limit: Duration = .seconds(20)) async throws -> Transcript {
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

extension SSHConnection {
  func run(_ command: String) async throws -> Transcript {
    try await open(command).transcript()
  }
}
