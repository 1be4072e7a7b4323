import Arguments
import Execution
import Operations
import Planning

let convergeCommand = Command<Context>(
  "converge", "bring hosts that differ to the release that the others show",
  discussion: """
    For a host that was away, or that a push left behind. What most hosts show is what is meant, and \
    of two that are shown equally often the one that went live last. A host that has that release \
    already goes back to it; to any other its commit is built and shipped, under the same name.
    """,
  section: "deploying", options: [PushOptions.dryRun, PushOptions.wait, PushOptions.timings]
) { invocation, context in
  let project = try Project(invocation, context)
  let narrator = Narrator(console: context.console, hosts: project.settings.hosts.count)
  let change = HostChange(context: context, settings: project.settings, narrator: narrator)
  let visits = try await change.reached(
    await project.fleet(context, narrator: narrator).visit()
  ).visits
  await change.leave(visits)
  context.console.endProgress()
  guard let goal = Convergence(visits) else {
    throw Failure(
      exitCode: 18, what: "no host shows a release", live: "nothing yet", next: "`deploy push`")
  }
  guard !goal.strays.isEmpty else {
    context.console.print(
      "nothing to do: every host shows \(goal.release.id)",
      json: [
        "event": "result", "verb": "converge", "nothing_to_do": true,
        "live": .string(goal.release.id.text), "exit": 0,
      ])
    return
  }
  if !goal.standing.isEmpty {
    let there = try project.limited(toHosts: goal.standing)
    try await Rollback(there, .release(goal.release.id.text), invocation, context).carryOut()
  }
  if !goal.lacking.isEmpty {
    let away = try goal.shipping(project).limited(toHosts: goal.lacking)
    let push = Push(away, named: goal.release.id, invocation, context)
    if invocation[PushOptions.dryRun] {
      try await push.showPlan()
    } else {
      try await push.carryOut()
    }
  }
}

/// What most hosts show, and which do not.
struct Convergence {
  let release: Release
  /// Hosts that hold it and show another one.
  let standing: [String]
  /// Hosts that do not have it.
  let lacking: [String]

  var strays: [String] { standing + lacking }

  init?(_ visits: [Visit]) {
    let shown = visits.compactMap { visit in visit.state.live.map { (visit.host.name, $0) } }
    let counts = Dictionary(grouping: shown, by: \.1.id)
    let best = counts.values.max { left, right in
      (left.count, left[0].1.since ?? "") < (right.count, right[0].1.since ?? "")
    }
    guard let release = best?.first?.1 else { return nil }
    self.release = release
    let others = visits.filter { $0.state.live?.id != release.id }
    let having = others.filter { visit in
      visit.state.releases.contains { $0.id == release.id && $0.state == .standing }
    }
    standing = having.map(\.host.name)
    lacking = others.map(\.host.name).filter { !having.map(\.host.name).contains($0) }
  }

  /// The project at the commit of the release.
  func shipping(_ project: Project) throws -> Project {
    guard case .git(_, let repository) = project.settings.source, let commit = release.commit else {
      throw Failure(
        exitCode: 17, what: "\(release.id) was not made from a commit, so it cannot be built again",
        live: "differs between hosts", next: "`deploy push` ships what is here to every host")
    }
    var project = project
    project.settings.source = .git(ref: commit, repository: repository)
    return project
  }
}
