import Arguments
import Execution
import Operations
import Planning

let sharedReleaseCommand = Command<Context>(
  "shared release", "undo an adoption: the path belongs to the live release again",
  discussion: """
    A real copy takes the place of the link in the live release. What was in shared/ is set aside \
    under .deploy/kept; nothing is deleted. The next release has what it ships, and nothing else.
    """,
  section: "data that stays", operands: [SharedOperands.path],
  options: [PushOptions.dryRun, PushOptions.wait, HostOptions.role, HostOptions.host]
) { invocation, context in
  let path = try SharedPath(invocation[SharedOperands.path]).text
  let change = try SharedChange(invocation, context, verb: "release")
  guard !change.project.settings.isShared(path) else {
    throw Failure(
      exitCode: 2, what: "\(path) is declared to be shared", live: "unchanged; nothing was asked",
      next: "take it out of `shared` (or of public.persistent) in deploy.json first")
  }
  try await change.carryOut(path, [.unkeep(path)]) { _ in
    FloorChange.Ending(
      words: "\(path) is a part of the live release again",
      next: "ship it from now on, or the next release goes without it")
  }
}
