import Execution
import Operations
import Planning

/// What setup and adopt share: a change of a host's ground floor, where no release is sent.
struct FloorChange: Sendable {
  let project: Project
  let context: Context
  let verb: String
  let waitSeconds: Int
  private let fleet: Fleet
  private let change: HostChange

  init(project: Project, context: Context, verb: String, waitSeconds: Int) {
    self.project = project
    self.context = context
    self.verb = verb
    self.waitSeconds = waitSeconds
    let narrator = Narrator(console: context.console, hosts: project.settings.hosts.count)
    fleet = project.fleet(context, narrator: narrator, waitSeconds: waitSeconds)
    var settings = project.settings
    // What a host would lack afterwards is nothing that a later push brings.
    settings.rollout.skipsUnreachable = false
    change = HostChange(context: context, settings: settings, narrator: narrator)
  }

  /// How it went on a host, in the words of the command.
  struct Ending {
    var words: String
    var next: String
    var facts: [JSONLine.Member] = []

    init(words: String, next: String, facts: KeyValuePairs<String, JSONLine> = [:]) {
      self.words = words
      self.next = next
      self.facts = facts.map { JSONLine.Member(key: $0.key, value: $0.value) }
    }
  }

  func visit() async throws -> [Visit] { try await change.reached(await fleet.visit()).visits }

  func leave(_ visits: [Visit]) async { await change.leave(visits) }

  /// The connections end when there is a reason against a plan.
  func plans(
    _ visits: [Visit], _ plan: (Visit) async throws -> Plan?
  ) async throws -> [(visit: Visit, plan: Plan)] {
    try await change.plans(visits, plan)
  }

  func show(_ work: [(visit: Visit, plan: Plan)], leaving visits: [Visit]) async {
    context.console.endProgress()
    for (visit, plan) in work { show(plan, for: visit) }
    await leave(visits)
  }

  func show(_ plan: Plan, for visit: Visit) {
    context.console.print(
      Text(plan.text.droppingLastNewline),
      json: [
        "event": "plan", "host": .string(visit.host.name), "title": .string(plan.title),
        "operations": .array(
          plan.phases.flatMap { phase in
            phase.operations.map {
              [
                "phase": .string(phase.name.rawValue), "operation": .string($0.verb),
                "summary": .string($0.summary),
              ]
            }
          }),
        "notes": .array(plan.notes.map(JSONLine.string)),
      ])
  }

  func carryOut(
    _ work: [(visit: Visit, plan: Plan)], leaving visits: [Visit], cargo: Cargo? = nil,
    compression: Compression = .none,
    replan: @Sendable @escaping (Visit) async throws -> Plan?,
    ending: (Visit) -> Ending
  ) async throws {
    let results = await fleet.carryOut(
      work, release: { $0.title }, cargo: cargo, compression: compression, replan: replan)
    await leave(visits)
    context.console.endProgress()
    var failures: [Failure] = []
    for (result, item) in zip(results, work) {
      switch result.outcome {
      case .success: tell(ending(item.visit), on: item.visit.host.name)
      case .failure(let failure): failures.append(failure)
      }
    }
    guard let worst = failures.max(by: { $0.exitCode < $1.exitCode }) else { return }
    guard results.count > 1 else { throw worst }
    for failure in failures { context.console.report(ErrorReport(failure)) }
    throw Failure(
      exitCode: worst.exitCode == 16 ? 16 : 15,
      what: "\(failures.count) of \(results.count) hosts failed", live: "as each host says above",
      next: "correct it, then run `deploy \(verb)` again; what is done stays done")
  }

  private func tell(_ ending: Ending, on host: String) {
    context.console.print(
      "\(.green, "done") \(host): \(ending.words)\n  next:  \(ending.next)",
      json: .object(
        [
          .init(key: "event", value: "result"), .init(key: "host", value: .string(host)),
          .init(key: "verb", value: .string(verb)), .init(key: "exit", value: 0),
          .init(key: "next", value: .string(ending.next)),
        ] + ending.facts))
  }
}
