internal import Remote

/// The part of a connection before anybody logs in: algorithms agreed, host key checked.
struct Greeting: Sendable {
  /// Why there is no session, and whether another try makes sense.
  enum Mishap: Error {
    /// Hung up before it said who it is, as sshd does when too many are at its door (MaxStartups).
    case turnedAway(RemoteError)
    /// Not the key that is pinned; the server may have that one too, under another type.
    case otherKey(type: String, RemoteError)
    case noAlgorithm(RemoteError)
    case final(RemoteError)

    var error: RemoteError {
      switch self {
      case .turnedAway(let error), .otherKey(_, let error), .noAlgorithm(let error),
        .final(let error):
        error
      }
    }
  }

  let host: String
  let config: ClientConfig
  let pin: String?
  let interaction: Interaction
  var excludedTypes: [String] = []

  /// Takes over the descriptor.
  func open(_ descriptor: Int32, before limit: Moment) throws(Mishap) -> Session {
    let session = try handshake(descriptor, before: limit)
    guard let key = session.hostKey else { throw .final(unreachable("it presented no host key")) }
    try check(key)
    return session
  }

  /// Without the check: for a first look at a host that is to become known.
  func handshake(_ descriptor: Int32, before limit: Moment) throws(Mishap) -> Session {
    let wire = Wire(descriptor)
    do throws(Setback) {
      return try agree(over: wire, before: limit)
    } catch {
      throw mishap(error, wire)
    }
  }

  private func agree(over wire: Wire, before limit: Moment) throws(Setback) -> Session {
    let session = try made(over: wire)
    try session.drive(until: limit) { () throws(LibraryError) in try session.handshake() }
    return session
  }

  private func made(over wire: Wire) throws(Setback) -> Session {
    do throws(LibraryError) {
      let session = try Session(over: wire)
      for method in Algorithms.Method.allCases { try session.prefer(method, names(method)) }
      return session
    } catch {
      throw .refused(error)
    }
  }

  private func names(_ method: Algorithms.Method) -> [String] {
    guard case .hostKey = method else { return Algorithms.allowed(method) }
    let known = KnownHosts(files: pin == nil ? config.knownHosts : [])
      .types(host: config.hostName, port: config.port, alias: config.hostKeyAlias)
    return Algorithms.hostKeys(knownFirst: known).filter { !excludedTypes.contains($0) }
  }

  private func mishap(_ setback: Setback, _ wire: Wire) -> Mishap {
    switch setback {
    case .late:
      let silent = wire.sawBanner ? "the key exchange did not end" : "it does not speak SSH"
      return .final(.timedOut("'\(host)' did not answer in time: \(silent)"))
    case .ended(let words):
      let noise = String(decoding: wire.noise.prefix(200), as: UTF8.self)
        .split(whereSeparator: \.isNewline).joined(separator: "; ")
      let error = unreachable(words + (noise.isEmpty ? "" : ", saying: \(noise)"))
      return wire.sawBanner ? .final(error) : .turnedAway(error)
    case .refused(let error) where error.isNegotiation:
      return .noAlgorithm(
        unreachable(
          "it shares no algorithm with libssh2 \(Library.version) (\(error.words)); "
            + "set \"transport\": \"openssh\" to reach it through the system's ssh"))
    case .refused(let error):
      return .final(unreachable(error.words))
    }
  }

  private func unreachable(_ why: String) -> RemoteError { .unreachable(host: host, why: why) }

  // MARK: The host key

  var name: String {
    config.hostKeyAlias ?? KnownHosts.name(config.hostName, port: config.port)
  }

  private func check(_ key: HostKey) throws(Mishap) {
    if let pin {
      if pin == key.fingerprint { return }
      throw .otherKey(
        type: key.type, refused("it is not the key that the configuration names (\(pin))", key))
    }
    let known = KnownHosts(files: config.knownHosts)
    switch known.verdict(
      host: config.hostName, port: config.port, alias: config.hostKeyAlias, key: key)
    {
    case .known: return
    case .revoked(let place): throw .final(refused("it is marked as revoked at \(place)", key))
    case .changed(let place):
      throw .final(
        refused("'\(name)' is known by another key, at \(place); someone may be in between", key))
    case .unknown:
      try askAbout(key, known)
    }
  }

  private func askAbout(_ key: HostKey, _ known: KnownHosts) throws(Mishap) {
    let hasAuthority = known.hasAuthority(
      host: config.hostName, port: config.port, alias: config.hostKeyAlias)
    let note =
      hasAuthority ? "; certificate authorities need \"transport\": \"openssh\"" : ""
    let files = config.knownHosts.joined(separator: ", ")
    let unknown = refused("'\(name)' is in no known_hosts file (\(files))\(note)", key)
    guard let trust = interaction.trust, config.strictness == .ask else { throw .final(unknown) }
    let question = HostKeyQuestion(name: name, key: key)
    guard Worker.wait(for: { await trust(question) }) == true else { throw .final(unknown) }
    guard let file = config.userKnownHosts.first else { return }
    do throws(RemoteError) {
      try KnownHosts.record(question, in: file, hashed: config.hashKnownHosts)
    } catch {
      throw .final(error)
    }
  }

  private func refused(_ why: String, _ key: HostKey) -> RemoteError {
    .hostKeyRefused(
      host: host, why: "\(key.kind) host key refused: \(why)", fingerprint: key.fingerprint)
  }
}
