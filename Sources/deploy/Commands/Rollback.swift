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
    PushOptions.timings,
  ]
) { invocation, context in
  let began = ContinuousClock.now
  let project = try Project(invocation, context).readingScripts()
  let narrator = Narrator(console: context.console, hosts: project.settings.hosts.count)
  let wait = Int(invocation[PushOptions.wait].components.seconds)
  let fleet = project.fleet(context, narrator: narrator, waitSeconds: wait)
  let change = HostChange(context: context, settings: project.settings, narrator: narrator)
  let choice: RollbackPlanner.Choice =
    if let release = invocation[RollbackOptions.to] {
      .release(release)
    } else if invocation[RollbackOptions.undo] {
      .undo
    } else {
      .previous
    }
  let planner: @Sendable (Visit) -> RollbackPlanner = { visit in
    RollbackPlanner(
      settings: project.settings, host: visit.host, state: visit.state,
      requester: .current(context.environment), choice: choice, waitSeconds: wait,
      isOneOfSeveral: project.settings.hosts.count > 1,
      acceptsDrift: invocation[RollbackOptions.acceptDrift])
  }
  let plan: @Sendable (Visit) throws -> Plan? = { visit in
    let planner = planner(visit)
    do throws(PlanningError) {
      return try planner.plan()
    } catch .alreadyLive {
      return nil
    }
  }
  let visits = try await change.reached(await fleet.visit())
  let work = try await change.plans(visits, plan)
  let idle = change.idle(visits, besides: work).map(HostResult.init(idle:))
  if invocation[PushOptions.dryRun] {
    context.console.endProgress()
    for (_, plan) in work { context.console.print(Text(plan.text)) }
    await change.leave(visits)
    return try change.conclude(idle, verb: "rollback", began: began)
  }
  do {
    try Migrations(
      work.map { try (host: $0.visit.host.name, names: planner($0.visit).migrations()) }
    )
    .confirm(on: context.console, isAnswered: invocation[CommonOptions.yes])
  } catch {
    await change.leave(visits)
    throw error
  }
  let results = await fleet.carryOut(work, release: { $0.flipTarget ?? "" }, replan: plan)
  await change.leave(visits)
  if invocation[PushOptions.timings] { change.printTimings() }
  try change.conclude(
    idle + results, verb: "rollback", began: began,
    back: choice == .undo ? nil : "deploy rollback --undo")
}

enum RollbackOptions {
  static let to = Option<String?>("to", value: "RELEASE", "go to this release")
  static let undo = Option<Bool>("undo", "take the last rollback back")
  static let acceptDrift = Option<Bool>(
    "accept-drift", "go live even if files of that release were changed on the server")
}
