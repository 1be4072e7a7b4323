import Arguments
import Execution
import Planning

let rollbackCommand = Command<Context>(
  "rollback", "make the release live that was live before this one",
  discussion: """
    Goes through the same activation as a push, but sends and copies nothing. Once more goes further back. \
    Asks first when migrations ran since then: none is taken back.

      deploy rollback                          to the one before
      deploy rollback --to 20261120-173310     to that one
      deploy rollback --undo                   to where the last rollback came from
    """,
  section: "deploying",
  options: [
    RollbackOptions.to, RollbackOptions.undo, RollbackOptions.acceptDrift, PushOptions.dryRun,
    PushOptions.wait,
    PushOptions.timings, PushOptions.keep, HostOptions.role, HostOptions.host,
  ]
) { invocation, context in
  let choice: RollbackPlanner.Choice =
    if let release = invocation[RollbackOptions.to] {
      .release(release)
    } else if invocation[RollbackOptions.undo] {
      .undo
    } else {
      .previous
    }
  let project = try Project(invocation, context).readingScripts().limited(invocation)
    .keeping(invocation)
  try await Rollback(project, choice, invocation, context).carryOut()
}

/// A return to a release that stands on the hosts, from the settings to the report.
struct Rollback {
  let context: Context
  let project: Project
  let choice: RollbackPlanner.Choice
  let invocation: Invocation
  let fleet: Fleet
  let change: HostChange
  let began = ContinuousClock.now

  init(
    _ project: Project, _ choice: RollbackPlanner.Choice, _ invocation: Invocation,
    _ context: Context
  ) {
    self.context = context
    self.project = project
    self.choice = choice
    self.invocation = invocation
    let narrator = Narrator(console: context.console, hosts: project.settings.hosts.count)
    fleet = project.fleet(context, narrator: narrator, waitSeconds: invocation.waitSeconds)
    change = HostChange(context: context, settings: project.settings, narrator: narrator)
  }

  func carryOut() async throws {
    if !invocation[PushOptions.dryRun] {
      Notifier(project.settings, context, verb: "rollback", tally: change.tally).begin()
    }
    let reached = try await change.reached(await fleet.visit())
    let visits = reached.visits
    let work = try await change.plans(visits, plan(for:))
    let idle = change.idle(visits, besides: work).map(HostResult.init(idle:))
    if invocation[PushOptions.dryRun] {
      context.console.endProgress()
      for (visit, plan) in work {
        context.console.print(Text(plan.text), json: .object(plan.members(on: visit)))
      }
      await change.leave(visits)
      return try change.conclude(idle, verb: "rollback", began: began)
    }
    change.tellDown(visits)
    try await confirmMigrations(work)
    let results = await fleet.carryOut(
      work, release: { $0.flipTarget ?? "" }, replan: { try plan(for: $0) })
    await change.leave(visits)
    if invocation[PushOptions.timings] { change.printTimings() }
    try change.conclude(
      idle + results, leftOut: reached.leftOut, verb: "rollback", began: began,
      back: choice == .undo ? nil : "deploy rollback --undo")
  }

  private func planner(for visit: Visit) -> RollbackPlanner {
    RollbackPlanner(
      settings: project.settings, host: visit.host, state: visit.state,
      requester: .current(context.environment), choice: choice,
      waitSeconds: invocation.waitSeconds, isOneOfSeveral: project.settings.hosts.count > 1,
      acceptsDrift: invocation[RollbackOptions.acceptDrift])
  }

  /// Nil on a host that shows it already.
  private func plan(for visit: Visit) throws -> Plan? {
    do throws(PlanningError) {
      return try planner(for: visit).plan()
    } catch .alreadyLive {
      return nil
    }
  }

  /// A rollback takes no migration back, and somebody has to say that this is well.
  private func confirmMigrations(_ work: [(visit: Visit, plan: Plan)]) async throws {
    do {
      try Migrations(
        work.map { try (host: $0.visit.host.name, names: planner(for: $0.visit).migrations()) }
      ).confirm(on: context.console, isAnswered: invocation[CommonOptions.yes])
    } catch {
      await change.leave(work.map(\.visit))
      throw error
    }
  }
}

extension Invocation {
  var waitSeconds: Int { Int(self[PushOptions.wait].components.seconds) }
}

enum RollbackOptions {
  static let to = Option<String?>("to", value: "RELEASE", "go to this release")
  static let undo = Option<Bool>("undo", "take the last rollback back")
  static let acceptDrift = Option<Bool>(
    "accept-drift", "go live even if files of that release were changed on the server")
}
