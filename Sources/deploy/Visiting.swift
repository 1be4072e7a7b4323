import Arguments
import Execution
import Planning

/// For commands that only look: visits every host and asks each in turn; one that cannot be reached is
/// reported and does not keep the others from being shown.
struct Visiting: Sendable {
  let project: Project
  let fleet: Fleet
  let context: Context

  /// `limited` says that the command takes ``HostOptions``.
  init(_ invocation: Invocation, _ context: Context, limited: Bool = false) throws {
    var project = try Project(invocation, context)
    if limited { project = try project.limited(invocation) }
    try self.init(project, context)
  }

  init(_ project: Project, _ context: Context) throws {
    self.project = project
    self.context = context
    let narrator = Narrator(console: context.console, hosts: project.settings.hosts.count)
    fleet = project.fleet(context, narrator: narrator)
  }

  func each(_ look: (Visit) async throws -> Void) async throws {
    var worst: Int32 = 0
    for result in await fleet.visit() {
      context.console.endProgress()
      switch result {
      case .success(let visit):
        do {
          try await look(visit)
        } catch let failure as Failure {
          context.console.report(ErrorReport(failure))
          worst = max(worst, failure.exitCode)
        }
        await visit.leave()
      case .failure(let failure):
        context.console.report(ErrorReport(failure))
        worst = max(worst, failure.exitCode)
      }
    }
    if worst != 0 { throw Ended(exitCode: worst) }
  }
}
