internal import Remote

/// Logs in: offers one key after the other, in OpenSSH's order, until one is accepted.
struct Authentication {
  private static let patience = Duration.seconds(30)

  let host: String
  let user: String
  let credentials: [Credential]
  let interaction: Interaction
  let environment: [String: String]

  /// Blocks; for the connection's own thread.
  func run(_ session: borrowing Session) throws(RemoteError) {
    var tried: [String] = []
    for credential in credentials {
      let outcome =
        switch credential {
        case .agent(let agent, let identity): try offer(identity, of: agent, session)
        case .key(let key): try offer(key, session)
        case .unusable(let why): Outcome.skipped(why)
        }
      switch outcome {
      case .accepted: return
      case .refused: tried.append(credential.words)
      case .skipped(let why): tried.append("\(credential.words): \(why)")
      }
    }
    throw .notAuthenticated(host: host, user: user, tried: tried)
  }

  private enum Outcome {
    case accepted
    case refused
    case skipped(String)
  }

  // MARK: Agent keys

  private func offer(
    _ identity: KeyAgent.Identity, of agent: KeyAgent, _ session: borrowing Session
  ) throws(RemoteError) -> Outcome {
    let signer = Signer(identity, of: agent, before: limit)
    do throws(Setback) {
      try session.drive(until: limit) { () throws(LibraryError) in
        try session.authenticate(user: user, publicKey: signer.publicKey, signer: signer)
      }
      return .accepted
    } catch {
      if let complaint = signer.complaint { return .skipped(complaint) }
      return try refusal(error)
    }
  }

  // MARK: Key files

  private func offer(_ key: KeyFile, _ session: borrowing Session) throws(RemoteError) -> Outcome {
    guard key.isEncrypted else { return try offer(key, passphrase: nil, session) }
    if let blob = key.publicBlob, !key.isRSA, try !wants(blob, session) { return .refused }
    guard let prompt = interaction.prompt else {
      return .skipped("encrypted, and there is nobody to ask for its passphrase; use ssh-add")
    }
    for _ in 1...3 {
      let question = "Passphrase for key '\(key.name)': "
      guard let answer = Worker.wait(for: { await prompt(question) }), let passphrase = answer,
        !passphrase.isEmpty
      else { return .skipped("no passphrase given") }
      let outcome = try offer(key, passphrase: passphrase, session)
      if case .skipped = outcome { continue }
      return outcome
    }
    return .skipped("wrong passphrase")
  }

  /// Asks the server about the public half, so that nobody types a passphrase in vain.
  private func wants(_ blob: [UInt8], _ session: borrowing Session) throws(RemoteError) -> Bool {
    let nobody = KeyAgent(path: "")
    let signer = Signer(.init(blob: blob, comment: ""), of: nobody, before: limit)
    do throws(Setback) {
      try session.drive(until: limit) { () throws(LibraryError) in
        try session.authenticate(user: user, publicKey: blob, signer: signer)
      }
      return true
    } catch {
      if case .refused = try refusal(error) { return signer.complaint != nil }
      return true
    }
  }

  private func offer(_ key: KeyFile, passphrase: String?, _ session: borrowing Session)
    throws(RemoteError) -> Outcome
  {
    if key.isRSA { return try offerRSA(key, passphrase: passphrase, session) }
    do throws(Setback) {
      try session.drive(until: limit) { () throws(LibraryError) in
        try session.authenticate(user: user, privateKey: key.text, passphrase: passphrase)
      }
      return .accepted
    } catch {
      if case .refused(let error) = error, !error.isRefusal {
        return .skipped(passphrase == nil ? "libssh2 cannot read its format" : "wrong passphrase")
      }
      return try refusal(error)
    }
  }

  private func offerRSA(_ key: KeyFile, passphrase: String?, _ session: borrowing Session)
    throws(RemoteError) -> Outcome
  {
    let own = try PrivateAgent.start(environment: environment)
    defer { own.end() }
    guard try own.add(key, passphrase: passphrase, before: limit) else {
      return .skipped(passphrase == nil ? "ssh-add cannot read it" : "wrong passphrase")
    }
    guard let identity = try? own.agent.identities(before: limit).first else {
      return .skipped("ssh-agent does not list it")
    }
    return try offer(identity, of: own.agent, session)
  }

  // MARK: Refusals

  private var limit: Moment { Moment(in: Self.patience) }

  /// A key that the server does not want is an outcome; a connection that is gone is an error.
  private func refusal(_ setback: Setback) throws(RemoteError) -> Outcome {
    switch setback {
    case .refused: return .refused
    // sshd hangs up after MaxAuthTries keys, and says so.
    case .ended(let words): throw .lost("\(words) (while '\(user)' was logging in)")
    case .late: throw .timedOut("'\(host)' did not answer while '\(user)' was logging in")
    }
  }
}
