import Arguments
import Execution
import Planning
import SSH

let trustCommand = Command<Context>(
  "trust", "look at a host's key and record it as known",
  discussion: """
    Fetches the key without logging in, shows its fingerprint, and asks for the last 6 characters \
    of it. Compare them with what the host's own console says:

      ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub

    A script gives the whole fingerprint, from a place that it trusts:

      deploy trust web1 --fingerprint SHA256:...

    There is no way to trust a key that nobody has looked at; --yes does not count here.
    """,
  section: "setting up", operands: [TrustOperands.host], options: [TrustOptions.fingerprint]
) { invocation, context in
  let targets = try Trust.targets(invocation, context)
  if invocation[TrustOptions.fingerprint] != nil, targets.count > 1 {
    throw Failure(
      exitCode: 2, what: "one fingerprint cannot stand for \(targets.count) hosts",
      live: "unchanged", next: "name the host: `deploy trust \(targets[0].host) --fingerprint ...`")
  }
  for target in targets {
    let trust = Trust(
      target: target, expected: invocation[TrustOptions.fingerprint], context: context)
    try await trust.carryOut()
  }
}

/// One host's key: looked at, compared, recorded.
struct Trust {
  let target: SSHTarget
  let expected: String?
  let context: Context

  /// The stage's hosts, or the one that was named; without a deploy.json any name will do.
  static func targets(_ invocation: Invocation, _ context: Context) throws -> [SSHTarget] {
    let name = invocation[TrustOperands.host]
    let project: Project
    do {
      project = try Project(invocation, context)
    } catch {
      guard let name, !name.isEmpty, invocation[CommonOptions.config] == nil else { throw error }
      return [SSHTarget(host: name)]
    }
    let reached = project.settings.hosts.filter { $0.transport != .local }
    guard !reached.isEmpty else {
      throw Failure(
        exitCode: 2, what: "the stage's hosts are reached without SSH", live: "unchanged",
        next: "nothing; there is no key to trust")
    }
    guard let name else { return reached.map(Connector.target) }
    return try project.limited(toHosts: [name]).settings.hosts.map(Connector.target)
  }

  func carryOut() async throws {
    let found: PresentedHostKey
    do {
      found = try await SSHConnection.look(at: target, environment: context.environment)
    } catch {
      throw Failure(error, host: host, phase: "look")
    }
    let key = found.question.key
    context.console.note("\(found.question.name) shows the \(key.kind) key \(key.fingerprint)")
    if let expected, expected != key.fingerprint {
      throw refusal(
        "the host shows \(key.fingerprint), not \(expected)",
        next: "find out which of the two is right; someone may be in between")
    }
    if let pin = target.hostKey, pin != key.fingerprint {
      throw refusal(
        "deploy.json pins \(pin), the host shows \(key.fingerprint)",
        next: "compare both with the host's own console, then correct `host_key`")
    }
    switch found.verdict {
    case .known(let place): conclude(found, "is known already, at \(place)")
    case .revoked(let place):
      throw refusal(
        "its \(key.kind) key \(key.fingerprint) is marked as revoked at \(place)",
        next: "do not connect; ask who revoked it")
    case .changed(let place):
      throw refusal(
        "it is known by another key, at \(place); someone may be in between",
        next: "when its own console shows \(key.fingerprint): "
          + "`ssh-keygen -R '\(found.question.name)' -f \(place.file)`, then `deploy trust` again")
    case .unknown: try record(found)
    }
  }

  private var host: Settings.Host {
    var host = Settings.Host()
    host.name = target.host
    host.user = target.user
    host.port = target.port
    return host
  }

  private func record(_ found: PresentedHostKey) throws {
    let fingerprint = found.question.fingerprint
    guard let file = found.file else {
      throw refusal(
        "ssh_config names no known_hosts file to record in",
        next: "pin it in deploy.json: \"host_key\": \"\(fingerprint)\"")
    }
    if expected == nil { try ask(about: found.question) }
    try KnownHosts.record(found.question, in: file, hashed: found.isHashed)
    conclude(found, "is now known, in \(file)")
  }

  private func ask(about question: HostKeyQuestion) throws {
    let answer: HostKeyPrompt.Answer
    do throws(PromptError) {
      answer = try HostKeyPrompt(
        prompt: Prompt(surroundings: context.console.surroundings), question: question
      ).ask()
    } catch .noTerminal {
      throw refusal(
        "nobody is here to compare the fingerprint \(question.fingerprint)",
        next: "compare it, then `deploy trust \(target.host) --fingerprint \(question.fingerprint)`"
      )
    }
    let next = "compare it with the host's own console, then `deploy trust` again"
    switch answer {
    case .trusted: return
    case .declined:
      throw refusal("the \(question.key.kind) key was not trusted", next: next)
    case .unclear(let typed):
      throw refusal("\"\(typed)\" is not how \(question.fingerprint) ends", next: next)
    }
  }

  private func conclude(_ found: PresentedHostKey, _ words: String) {
    let pin = "\"host_key\": \"\(found.question.fingerprint)\""
    context.console.print(
      "\(.green, found.question.name) \(words)\n  to pin it for everyone, in deploy.json: \(pin)",
      json: [
        "event": "trusted", "host": .string(target.host), "name": .string(found.question.name),
        "type": .string(found.question.key.type), "host_key": .string(found.question.fingerprint),
        "file": JSONLine(found.file),
      ])
  }

  private func refusal(_ what: String, next: String) -> Failure {
    Failure(
      exitCode: 10, host: target.host, phase: "trust", what: what,
      live: "unchanged; nothing was recorded", next: next)
  }
}

enum TrustOperands {
  static let host = Operand<String?>("host", "one of the stage's hosts (default: all of them)")
}

enum TrustOptions {
  static let fingerprint = Option<String?>(
    "fingerprint", value: "SHA256:...", "what the key must be, for scripts")
}
