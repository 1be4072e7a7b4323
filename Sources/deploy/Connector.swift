import Execution
import Planning
import Remote
import SSH

/// Makes a connection of the kind that a host asks for.
struct Connector: Sendable {
  let console: Console
  let environment: [String: String]

  @Sendable
  func connect(_ host: Settings.Host) async throws(RemoteError) -> any Connection {
    switch host.transport {
    case .local: ProcessConnection.local(host: host.name)
    case .openssh: openSSH(host)
    case .libssh2:
      try await SSHConnection.connect(
        Self.target(host), interaction: Questions(console: console).interaction,
        environment: environment)
    }
  }

  static func target(_ host: Settings.Host) -> SSHTarget {
    SSHTarget(
      host: host.name, user: host.user, port: host.port, hostKey: host.hostKey,
      config: host.ssh.config, identity: host.ssh.identity, knownHosts: host.ssh.knownHosts)
  }

  private func openSSH(_ host: Settings.Host) -> any Connection {
    var options: [String] = []
    if let config = host.ssh.config { options += ["-F", config] }
    if let user = host.user { options += ["-l", user] }
    if let port = host.port { options += ["-p", "\(port)"] }
    if let identity = host.ssh.identity {
      options += ["-i", identity, "-o", "IdentitiesOnly=yes"]
    }
    if let file = host.ssh.knownHosts { options += ["-o", "UserKnownHostsFile=\(file)"] }
    options += ["-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"]
    // Without a terminal nobody can answer a question that ssh would ask.
    if !console.surroundings.reportsAreTerminal { options += ["-o", "BatchMode=yes"] }
    return ProcessConnection.openSSH(host: host.name, destination: host.name, options: options)
  }
}

/// The questions that a connection may have for a person at a terminal.
struct Questions: Sendable {
  let console: Console

  var interaction: Interaction {
    guard console.surroundings.reportsAreTerminal, !console.surroundings.isCI else { return .none }
    let prompt = Prompt(surroundings: console.surroundings)
    return Interaction(
      prompt: { question in try? prompt.askSecret("\(question): ") },
      trust: { question in
        console.note(
          "The host \(question.name) is not known yet. Its \(question.key.kind) key: "
            + "\(question.fingerprint)")
        return (try? HostKeyPrompt(prompt: prompt, question: question).ask()) == .trusted
      })
  }
}
