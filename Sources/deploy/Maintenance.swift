import Arguments
import Execution
import Planning

/// Takes the hosts of a stage down for maintenance, and brings them up.
struct Maintenance: Sendable {
  private let project: Project
  private let context: Context
  private let invocation: Invocation

  init(_ project: Project, _ invocation: Invocation, _ context: Context) {
    self.project = project
    self.invocation = invocation
    self.context = context
  }

  func takeDown() async throws {
    let lasting = Int(invocation[MaintenanceOptions.lasting].components.seconds)
    let message = invocation[MaintenanceOptions.message]
    let wanted = invocation[MaintenanceOptions.retryAfter] ?? (lasting > 0 ? lasting : 60)
    let requester = Requester.current(context.environment)
    try await carryOut(
      "down",
      next: "`deploy up` ends it; a push until then leaves it down"
    ) { visit in
      var downtime = Downtime(actor: requester.actor, message: message, retryAfter: wanted)
      if lasting > 0 { downtime.until = visit.state.clock + lasting }
      return .down(downtime)
    }
  }

  func bringUp() async throws {
    try await carryOut("up", next: "`deploy health` asks whether it works") { _ in .up }
  }

  private func carryOut(
    _ verb: String, next: String,
    _ direction: @escaping @Sendable (Visit) -> MaintenancePlanner.Direction
  ) async throws {
    let change = FloorChange(
      project: project, context: context, verb: verb, waitSeconds: invocation.waitSeconds)
    let settings = project.settings
    let requester = Requester.current(context.environment)
    let planner: @Sendable (Visit) -> MaintenancePlanner = { visit in
      MaintenancePlanner(
        settings: settings, host: visit.host, state: visit.state, requester: requester,
        direction: direction(visit), waitSeconds: change.waitSeconds)
    }
    let visits = try await change.visit()
    let work = try await change.plans(visits) { try planner($0).plan() }
    for visit in visits where !work.contains(where: { $0.visit.host == visit.host }) {
      tellIdle(visit, verb)
    }
    guard !work.isEmpty else { return await change.leave(visits) }
    try await change.carryOut(work, leaving: visits, replan: { try planner($0).plan() }) { _ in
      FloorChange.Ending(
        words: verb == "down" ? "down; shared/maintenance.html is there" : "up again", next: next)
    }
  }

  private func tellIdle(_ visit: Visit, _ verb: String) {
    context.console.print(
      "nothing to do on \(visit.host.name): it is not down",
      json: [
        "event": "result", "host": .string(visit.host.name), "verb": .string(verb),
        "nothing_to_do": true, "exit": 0,
      ])
  }

  static func json(_ downtime: Downtime) -> JSONLine {
    [
      "since": .string(downtime.at), "actor": JSONLine(downtime.actor),
      "message": JSONLine(downtime.message), "retry_after": .integer(downtime.retryAfter),
      "until": JSONLine(downtime.until),
    ]
  }
}

extension HostChange {
  /// Said at the beginning: who pushes may have forgotten it, or not know.
  func tellDown(_ visits: [Visit]) {
    for visit in visits {
      guard let downtime = visit.state.downtime else { continue }
      let words =
        "\(visit.host.name) is down for maintenance \(downtime.text(at: visit.state.clock)); it stays so until `deploy up`"
      context.console.warn(Text(words))
    }
  }
}
