import Arguments
import Execution
import Operations
import Planning
import Remote

let adoptCommand = Command<Context>(
  "adopt", "take over a directory of Capistrano, Deployer or Envoyer, or a plain document root",
  discussion: """
    Deletes nothing. Shows what it would do, and asks. Releases of another tool get manifests and \
    lines in the ledger, so that rollback, drift and prune know them. A `current` that is a \
    directory becomes a release with a link in its place. A plain document root is copied; the \
    originals stay.

      deploy adopt --dry-run
      deploy adopt
      deploy adopt --undo     everything as it was, as long as nothing was pushed since
    """,
  section: "setting up",
  options: [
    AdoptOptions.undo, PushOptions.dryRun, PushOptions.wait, HostOptions.role, HostOptions.host,
  ]
) { invocation, context in
  let project = try Project(invocation, context).limited(invocation)
  let adoption = Adoption(
    project: project, context: context, isUndo: invocation[AdoptOptions.undo],
    change: FloorChange(
      project: project, context: context, verb: "adopt",
      waitSeconds: Int(invocation[PushOptions.wait].components.seconds)))
  try await adoption.carryOut(
    yes: invocation[CommonOptions.yes], isDryRun: invocation[PushOptions.dryRun])
}

/// An adoption from the survey to the report, or its way back.
struct Adoption {
  let project: Project
  let context: Context
  let isUndo: Bool
  let change: FloorChange

  func carryOut(yes: Bool, isDryRun: Bool) async throws {
    let visits = try await change.visit()
    let plan = makePlan()
    let work = try await change.plans(visits) { try await plan($0) }
    context.console.endProgress()
    for visit in visits where !work.contains(where: { $0.visit.host == visit.host }) {
      tellNothing(on: visit)
    }
    guard !work.isEmpty else { return await change.leave(visits) }
    if isDryRun { return await change.show(work, leaving: visits) }
    if !yes { for (visit, plan) in work { change.show(plan, for: visit) } }
    do {
      guard try yes || isWanted() else {
        throw Failure(
          exitCode: 17, what: "left as it is, as you said", live: "unchanged",
          next: "`deploy adopt` again when you are ready")
      }
    } catch {
      await change.leave(visits)
      throw error
    }
    try await change.carryOut(work, leaving: visits, replan: plan) { visit in
      isUndo ? undone(visit) : adopted(visit, work.first { $0.visit.host == visit.host }?.plan)
    }
  }

  private func makePlan() -> @Sendable (Visit) async throws -> Plan? {
    let settings = project.settings
    let context = context
    let isUndo = isUndo
    let waitSeconds = change.waitSeconds
    return { visit in
      let shared = settings.shared.directories + settings.shared.files
      let answer = try await visit.session.ask(.explore(shared: shared), within: .seconds(300))
      guard answer.status == 0 else {
        throw Failure(
          exitCode: 17, host: visit.host.name, phase: "explore",
          what: answer.complaint ?? "the directory could not be explored",
          live: "\(visit.state.liveText), unchanged", next: "look with `deploy ssh`")
      }
      let planner = AdoptPlanner(
        settings: settings, host: visit.host, state: visit.state,
        survey: AdoptionReader.read(answer.events), requester: .current(context.environment),
        release: ReleaseName.next(taken: Set(visit.state.directories.map(\.name))),
        waitSeconds: waitSeconds)
      return isUndo ? try planner.undoPlan() : try planner.plan()
    }
  }

  private func isWanted() throws -> Bool {
    try Prompt(surroundings: context.console.surroundings).confirm(
      isUndo ? "Undo the adoption?" : "Adopt it like this?")
  }

  private func tellNothing(on visit: Visit) {
    let why =
      visit.state.liveName == nil
      ? "there is nothing here yet; `deploy setup` or `deploy push` begins"
      : "it is ours already"
    context.console.print(
      "nothing to adopt on \(visit.host.name): \(why); live is \(visit.state.liveText)",
      json: [
        "event": "result", "host": .string(visit.host.name), "verb": "adopt",
        "nothing_to_do": true, "exit": 0,
      ])
  }

  private func adopted(_ visit: Visit, _ plan: Plan?) -> FloorChange.Ending {
    let operations = plan?.operations ?? []
    let count = operations.count { $0.verb == "adopt" }
    var next = "`deploy status`, then `deploy push`; `deploy adopt --undo` takes it back"
    if operations.contains(where: { $0.verb == "copyin" }) {
      next =
        "let the web server serve \(visit.host.path)/current instead of \(visit.host.path) and "
        + "reload it, then `deploy push`"
    }
    return FloorChange.Ending(
      words: "adopted \(count) release\(count == 1 ? "" : "s"); nothing was deleted", next: next,
      facts: ["adopted": .integer(count)])
  }

  private func undone(_ visit: Visit) -> FloorChange.Ending {
    FloorChange.Ending(
      words: "the adoption is undone; everything is as it was",
      next: "`deploy adopt` when you want it again")
  }
}

enum AdoptOptions {
  static let undo = Option<Bool>("undo", "put everything back as it was")
}
