import Arguments
import Execution
import Operations
import Planning
import Remote
import Shipping

/// The first push over an adopted release: what is data there, a person has to say.
extension Push {
  func claims(on visit: Visit, _ shipped: Manifest) async throws -> [Claim] {
    guard visit.state.isLiveAdopted, let live = visit.state.live, live.tree != nil,
      project.settings.docroot.root != nil, !invocation[PushOptions.oldCode]
    else { return [] }
    let answer = try await visit.session.ask(.manifest(of: live.id.text))
    guard let adopted = try ManifestReader.read(answer.events) else { return [] }
    return Claim.find(adopted: adopted, shipped: shipped, settings: project.settings)
  }

  /// Prints what would be kept and asks, unless that was answered on the command line.
  func confirmClaims(_ prepared: Prepared) async throws {
    let claimed = prepared.work.flatMap { work in
      work.plan.operations.filter { $0.verb == "claim" }.map { (work.visit.host.name, $0.summary) }
    }
    guard !claimed.isEmpty, !invocation[CommonOptions.yes] else { return }
    context.console.endProgress()
    for (host, summary) in claimed { context.console.print("  \(host): \(summary)") }
    let advice = "`deploy push --yes` keeps it as data, `deploy push --old-code` leaves it behind"
    do {
      let isWanted = try Prompt(surroundings: context.console.surroundings).confirm(
        "Is this data of users, to be kept in shared/?")
      if isWanted { return }
    } catch {
      await change.leave(prepared.visits)
      throw Failure(
        exitCode: 17,
        what: "the adopted release has files that this one does not bring, and nobody can be asked "
          + "whether they are data", live: "unchanged on every host", next: advice)
    }
    await change.leave(prepared.visits)
    throw Failure(
      exitCode: 17, what: "not pushed: what the adopted release has beyond this one is not claimed",
      live: "unchanged on every host", next: advice)
  }
}
