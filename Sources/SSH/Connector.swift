internal import Processes
internal import Remote

/// Brings a connection about: configuration, route, greeting, login, and then the pump.
struct Connector: Sendable {
  private static let connectPatience = Duration.seconds(10)
  private static let greetingPatience = Duration.seconds(30)
  /// A bastion behind a bastion is usual; a chain this long is a loop in a configuration.
  private static let mostHops = 8

  let target: SSHTarget
  let interaction: Interaction
  let environment: [String: String]
  var hops = 0
  /// In place of the configuration's own ProxyJump: the rest of a chain.
  var jumps: [String]?
  /// On the way to a host whose key the configuration names: it may open the jump hosts too.
  var spareIdentity: String?

  func connect() async throws(RemoteError) -> SSHConnection {
    let began = ContinuousClock.now
    let config = try await resolved()
    let credentials = try await gathered(config)
    let resolved = ContinuousClock.now
    let authentication = Authentication(
      host: target.host, user: config.user, credentials: credentials, interaction: interaction,
      environment: environment)
    return try await greet(config) { route, greeting, descriptor, limit in
      let connected = ContinuousClock.now
      let orders = OrderQueue()
      return await withCheckedContinuation { done in
        startThread {
          let session: Session
          do throws(Greeting.Mishap) {
            session = try greeting.open(descriptor, before: limit)
          } catch {
            return done.resume(returning: .failure(error))
          }
          let greeted = ContinuousClock.now
          do throws(RemoteError) {
            try authentication.run(session)
          } catch {
            return done.resume(returning: .failure(.final(error)))
          }
          let pump = Pump(session, orders: orders)
          let phases = [
            Phase("resolve", from: began, to: resolved),
            Phase("connect", from: resolved, to: connected),
            Phase("handshake", from: connected, to: greeted), Phase("login", from: greeted),
          ]
          done.resume(
            returning: .success(
              SSHConnection(host: target.host, orders: orders, route: route, phases: phases)))
          pump.run()
        }
      }
    }
  }

  /// Meets the host without logging in.
  func look() async throws(RemoteError) -> PresentedHostKey {
    let config = try await resolved()
    return try await greet(config) { route, greeting, descriptor, limit in
      let result = await Worker.run { () -> Result<HostKey, Greeting.Mishap> in
        do throws(Greeting.Mishap) {
          let session = try greeting.handshake(descriptor, before: limit)
          session.disconnect()
          _ = session.wire.flush()
          guard let key = session.hostKey else {
            throw .final(.unreachable(host: target.host, why: "it presented no host key"))
          }
          return .success(key)
        } catch {
          return .failure(error)
        }
      }
      await route.close()
      return result.map { key in
        PresentedHostKey(
          question: HostKeyQuestion(name: greeting.name, key: key),
          verdict: KnownHosts(files: config.knownHosts).verdict(
            host: config.hostName, port: config.port, alias: config.hostKeyAlias, key: key),
          file: config.userKnownHosts.first, isHashed: config.hashKnownHosts)
      }
    }
  }

  // MARK: Greeting

  /// Tries again when the server hung up at the door, and with another key type when a pinned key was
  /// not the one presented.
  private func greet<Value>(
    _ config: ClientConfig,
    _ meet: (Route, Greeting, Int32, Moment) async -> Result<Value, Greeting.Mishap>
  ) async throws(RemoteError) -> Value {
    var greeting = Greeting(
      host: target.host, config: config, pin: target.hostKey, interaction: interaction)
    var pauses = [Duration.milliseconds(300), .milliseconds(900), .seconds(2)][...]
    var mismatch: RemoteError?
    while true {
      // As for ssh, ConnectTimeout covers the key exchange too.
      let limit = Moment(in: config.connectTimeout ?? Self.greetingPatience)
      let (route, descriptor) = try await makeRoute(config)
      let mishap: Greeting.Mishap
      switch await meet(route, greeting, descriptor, limit) {
      case .success(let value): return value
      case .failure(let why): mishap = why
      }
      await route.close()
      switch mishap {
      case .turnedAway(let error):
        guard let pause = pauses.popFirst() else { throw error.adding(route.complaint) }
        try? await Task.sleep(for: pause)
      case .otherKey(let type, let error):
        mismatch = mismatch ?? error
        greeting.excludedTypes.append(type)
      case .noAlgorithm(let error): throw mismatch ?? error
      case .final(let error): throw error.adding(route.complaint)
      }
    }
  }

  private func resolved() async throws(RemoteError) -> ClientConfig {
    let result = await Worker.run { () -> Result<ClientConfig, RemoteError> in
      do throws(RemoteError) {
        var config = try ClientConfig.resolve(target, environment: environment)
        if let spareIdentity { config.identities.append(Local.expandHome(spareIdentity)) }
        return .success(config)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func gathered(_ config: ClientConfig) async throws(RemoteError) -> [Credential] {
    let result = await Worker.run { () -> Result<[Credential], RemoteError> in
      do throws(RemoteError) {
        return .success(
          try Credential.gather(
            config, explicit: target.identity, environment: environment,
            before: Moment(in: .seconds(5))))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  // MARK: Routes

  private func makeRoute(_ config: ClientConfig) async throws(RemoteError) -> (Route, Int32) {
    let proxy = jumps.map { $0.isEmpty ? .none : .jumps($0) } ?? config.proxy
    switch proxy {
    case .none:
      let limit = Moment(in: config.connectTimeout ?? Self.connectPatience)
      let result = await Worker.run { () -> Result<Int32, RemoteError> in
        do throws(RemoteError) {
          return .success(
            try Dial(host: config.hostName, port: config.port, limit: limit).connect())
        } catch {
          return .failure(error)
        }
      }
      return (.direct, try result.get())
    case .command(let command):
      let (program, descriptor) = try ProxyProgram.start(command, environment: environment)
      return (.program(program), descriptor)
    case .jumps(let names):
      let connection = try await hop(names)
      do throws(RemoteError) {
        let descriptor = try await connection.forward(to: config.hostName, port: config.port)
        return (.jump(connection), descriptor)
      } catch {
        await connection.close()
        throw .unreachable(host: target.host, why: "through '\(connection.host)': \(error)")
      }
    }
  }

  /// The last host of a chain, reached through the ones before it. The first one's own configuration
  /// may send it through others still, as with ssh.
  private func hop(_ names: [String]) async throws(RemoteError) -> SSHConnection {
    guard hops < Self.mostHops, let last = names.last else {
      throw .unreachable(host: target.host, why: "its ProxyJump leads through too many hosts")
    }
    var address = JumpAddress(last).target
    address.config = target.config
    address.knownHosts = target.knownHosts
    let rest = Array(names.dropLast())
    let connector = Connector(
      target: address, interaction: interaction, environment: environment, hops: hops + 1,
      jumps: rest.isEmpty ? nil : rest, spareIdentity: target.identity ?? spareIdentity)
    return try await connector.connect()
  }
}

/// `[user@]host[:port]`, or the same as an `ssh://` address.
struct JumpAddress {
  let target: SSHTarget

  init(_ text: String) {
    var rest = text[...]
    if rest.hasPrefix("ssh://") { rest = rest.dropFirst(6) }
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    var target = SSHTarget(host: "")
    if let at = rest.lastIndex(of: "@") {
      target.user = String(rest[..<at])
      rest = rest[rest.index(after: at)...]
    }
    if rest.hasPrefix("["), let bracket = rest.firstIndex(of: "]") {
      target.host = String(rest[rest.index(after: rest.startIndex)..<bracket])
      rest = rest[rest.index(after: bracket)...]
      target.port = rest.hasPrefix(":") ? Int(rest.dropFirst()) : nil
    } else if let colon = rest.firstIndex(of: ":"), rest.lastIndex(of: ":") == colon {
      target.host = String(rest[..<colon])
      target.port = Int(rest[rest.index(after: colon)...])
    } else {
      target.host = String(rest)
    }
    self.target = target
  }
}

extension RemoteError {
  /// With what a proxy program had to say.
  func adding(_ complaint: String?) -> RemoteError {
    guard let complaint, case .unreachable(let host, let why) = self else { return self }
    return .unreachable(host: host, why: "\(why) (\(complaint))")
  }
}
