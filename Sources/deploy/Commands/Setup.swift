import Arguments
import Execution
import Planning
import Recipes

let setupCommand = Command<Context>(
  "setup", "make the application's directories on each host",
  discussion: """
    Makes releases/, shared/ and .deploy/, the declared shared directories, and what the recipe's \
    skeleton holds. Never overwrites; running it again is safe. Says which files are still to be \
    brought, and where to.
    """,
  section: "setting up",
  options: [PushOptions.dryRun, PushOptions.wait, HostOptions.role, HostOptions.host]
) { invocation, context in
  let project = try Project(invocation, context).limited(invocation)
  let skeleton = try project.skeleton(context.environment)
  let change = FloorChange(
    project: project, context: context, verb: "setup",
    waitSeconds: Int(invocation[PushOptions.wait].components.seconds))
  let planner: @Sendable (Visit) -> SetupPlanner = { visit in
    SetupPlanner(
      settings: project.settings, host: visit.host, state: visit.state,
      requester: .current(context.environment), skeleton: skeleton,
      waitSeconds: change.waitSeconds)
  }
  let visits = try await change.visit()
  let work = try await change.plans(visits) { try planner($0).plan() }
  if invocation[PushOptions.dryRun] { return await change.show(work, leaving: visits) }
  try await change.carryOut(work, leaving: visits, replan: { try planner($0).plan() }) { visit in
    let missing = planner(visit).missingFiles
    let next =
      missing.isEmpty
      ? "`deploy push`"
      : missing.map { "shared/\($0) is missing: " + planner(visit).advice(for: $0) }
        .joined(separator: "\n         ")
    return FloorChange.Ending(
      words: "\(visit.host.path) is ready", next: next,
      facts: ["missing": .array(missing.map(JSONLine.string))])
  }
}

extension Project {
  /// What the recipe brings to a new host's shared/.
  func skeleton(_ environment: [String: String]) throws -> [Provision] {
    let catalog = Catalog(environment: environment)
    guard let recipe = try settings.recipe.flatMap({ try catalog.recipe($0) }) else { return [] }
    let skeleton = catalog.skeleton(for: recipe)
    return skeleton.directories.map { .directory($0, mode: skeleton.modes[$0]) }
      + skeleton.files.map { .file($0.path, mode: $0.mode, content: $0.bytes) }
  }
}
