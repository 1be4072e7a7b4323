public import Operations
public import Planning
public import Remote

/// The hosts of a stage: visited together, changed together, phase by phase.
public struct Fleet: Sendable {
  public typealias Connect = @Sendable (Settings.Host) async throws(RemoteError) -> any Connection

  let settings: Settings
  let connect: Connect
  let interruption: Interruption
  let report: @Sendable (Event) -> Void
  let runtime: [UInt8]
  let waitSeconds: Int

  public init(
    settings: Settings, waitSeconds: Int = 0, runtime: [UInt8] = AgentRuntime.text,
    interruption: Interruption, connect: @escaping Connect,
    report: @escaping @Sendable (Event) -> Void
  ) {
    self.settings = settings
    self.waitSeconds = waitSeconds
    self.runtime = runtime
    self.interruption = interruption
    self.connect = connect
    self.report = report
  }

  /// Connects to every host and surveys it, all at once. The order is that of the configuration.
  public func visit() async -> [Result<Visit, Failure>] {
    let visits = await inParallel(settings.hosts) { host in await visit(host) }
    let ran = visits.map { (try? $0.get())?.state.ledger.filter { $0.event == .ran } ?? [] }
    return visits.enumerated().map { index, visit in
      visit.map { visit in
        var visit = visit
        visit.state.ranElsewhere = ran.enumerated().flatMap { $0 == index ? [] : $1 }
        return visit
      }
    }
  }

  private func visit(_ host: Settings.Host) async -> Result<Visit, Failure> {
    var phase = "connect"
    do throws(RemoteError) {
      let connection = try await connect(host)
      report(Event(host: host.name, kind: .connected))
      for part in connection.phases { report(Event(host: host.name, kind: .passed(part))) }
      phase = "survey"
      let began = ContinuousClock.now
      let session = try await AgentSession.begin(
        on: connection, root: host.path, runtime: runtime, nonce: Nonce.make(), asking: question)
      let state = try await survey(session)
      report(Event(host: host.name, kind: .passed(Phase("survey", from: began))))
      report(Event(host: host.name, kind: .surveyed(state)))
      var visit = Visit(host: host, connection: connection, session: session, state: state)
      visit.waitSeconds = waitSeconds
      visit.longestHook = settings.longestHook
      return .success(visit)
    } catch {
      return .failure(Failure(error, host: host, phase: phase))
    }
  }

  private var question: Operations.Operation {
    .survey(
      shared: settings.shared.directories + settings.shared.files, env: settings.env.file,
      debugKeys: settings.env.debugKeys)
  }

  private func survey(_ session: AgentSession) async throws(RemoteError) -> HostState {
    let answer = try await session.ask(question)
    guard answer.status == 0 else {
      throw .lost(answer.complaint ?? "the survey failed")
    }
    return SurveyReader.read(answer.events)
  }

  /// Carries a plan out on every visited host. `plan` is asked again for a host that changed between
  /// survey and lock, with what a new survey under the lock found.
  public func carryOut(
    _ work: [(visit: Visit, plan: Plan)], release: @Sendable @escaping (Plan) -> String,
    cargo: Cargo? = nil, compression: Compression = .none,
    replan: @Sendable @escaping (Visit) async throws -> Plan?
  ) async -> [HostResult] {
    let rollout = work.count > 1 ? Rollout(count: work.count, settings.rollout) : nil
    return await inParallel(Array(work.enumerated())) { index, work in
      let place = rollout.map { Rollout.Place(rollout: $0, host: index) }
      let ending = await run(
        work.visit, work.plan, release: release, cargo: cargo, compression: compression,
        place: place, replan: replan)
      switch ending.outcome {
      case .failure: await place?.fail()
      case .success(.nothingToDo): await place?.excuse()
      case .success(.live): break
      }
      return ending
    }
  }

  private func run(
    _ visit: Visit, _ plan: Plan, release: @Sendable (Plan) -> String, cargo: Cargo?,
    compression: Compression, place: Rollout.Place?,
    replan: @Sendable (Visit) async throws -> Plan?
  ) async -> HostResult {
    var visit = visit
    var plan = plan
    // Three times for other sessions, and once for a host that cannot do with a delta.
    for _ in 1...4 {
      var payload: PlanRun.PayloadSource?
      if let cargo, let manifest = try? await cargo.manifest(using: visit.state.algorithm) {
        payload = PlanRun.PayloadSource(
          tree: cargo.tree, manifest: manifest, compression: compression)
        if let digest = plan.baseDigest { payload?.base = await cargo.base(digest) }
      }
      let host = visit.host.name
      let run = PlanRun(
        visit: visit, plan: plan, release: release(plan), payload: payload, place: place,
        interruption: interruption, report: { report(Event(host: host, kind: $0)) })
      let ending = await run.carryOut()
      switch ending {
      case .live(let notes):
        return HostResult(
          host: visit.host,
          outcome: .success(
            .live(release(plan), was: visit.state.liveName, notes: notes)))
      case .failed(let failure):
        return HostResult(host: visit.host, outcome: .failure(failure))
      case .changed, .unfit:
        if case .unfit(let reason) = ending {
          visit.needsAll = true
          report(Event(host: host, kind: .sendingAll(why: reason)))
        } else {
          report(Event(host: host, kind: .replanned))
        }
        do {
          let ranElsewhere = visit.state.ranElsewhere
          visit.state = try await survey(visit.session)
          visit.state.ranElsewhere = ranElsewhere
          guard let next = try await replan(visit) else {
            return HostResult(
              host: visit.host, outcome: .success(.nothingToDo(live: visit.state.liveName)))
          }
          plan = next
        } catch let error as PlanningError {
          return HostResult(
            host: visit.host,
            outcome: .failure(Failure(error, host: visit.host.name, state: visit.state)))
        } catch let error as RemoteError {
          return HostResult(
            host: visit.host,
            outcome: .failure(Failure(error, host: visit.host, phase: "survey")))
        } catch {
          return HostResult(
            host: visit.host,
            outcome: .failure(
              Failure(
                exitCode: 12, host: visit.host.name, what: "\(error)",
                live: "\(visit.state.liveText), unchanged", next: "run it again")))
        }
      }
    }
    return HostResult(
      host: visit.host,
      outcome: .failure(
        Failure(
          exitCode: 11, host: visit.host.name, phase: "enter",
          what: "the host changed three times while this plan was made",
          live: "\(visit.state.liveText), unchanged", next: "run it again")))
  }
}

public struct HostResult: Sendable {
  public let host: Settings.Host
  public let outcome: Result<Success, Failure>

  public init(host: Settings.Host, outcome: Result<Success, Failure>) {
    self.host = host
    self.outcome = outcome
  }

  /// A host that was looked at and left as it is.
  public init(idle visit: Visit) {
    self.init(host: visit.host, outcome: .success(.nothingToDo(live: visit.state.liveName)))
  }

  public enum Success: Sendable, Equatable {
    /// `was` is what was live before, if anything was.
    case live(String, was: String?, notes: [String])
    case nothingToDo(live: String?)
  }
}

/// Runs one thing for each element at once and keeps the order.
func inParallel<Element: Sendable, Value: Sendable>(
  _ elements: [Element], _ work: @escaping @Sendable (Element) async -> Value
) async -> [Value] {
  await withTaskGroup(of: (Int, Value).self) { group in
    for (index, element) in elements.enumerated() {
      group.addTask { (index, await work(element)) }
    }
    var values: [(Int, Value)] = []
    for await value in group { values.append(value) }
    return values.sorted { $0.0 < $1.0 }.map(\.1)
  }
}

/// A name that no other session has: marks events and temporary files.
enum Nonce {
  static func make() -> String {
    var generator = SystemRandomNumberGenerator()
    let number = UInt64.random(in: .min ... .max, using: &generator)
    let text = String(number, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
