import Arguments
import Execution
import Planning
import Shipping

/// A push says which commits it brings, and does not take newer ones away unless that is meant.
extension Push {
  func tellCommits(_ prepared: Prepared) {
    for (visit, _) in prepared.work {
      guard let range = range(on: visit, prepared.cargo) else { continue }
      let host = visit.host.name
      context.console.print(
        Text(lines(range, host: host).joined(separator: "\n")),
        json: [
          "event": "commits", "host": .string(host),
          "ahead": .array(range.ahead.map(JSONLine.string)), "behind": .integer(range.behind),
        ])
    }
  }

  /// Whether a host shows a newer commit and is to be left alone. Asked again under the lock: the job
  /// that was waited for may have brought it.
  func isSuperseded(on visit: Visit, _ cargo: Cargo) -> Bool {
    guard invocation[PushOptions.superseded] == .skip,
      range(on: visit, cargo)?.isSuperseded == true
    else { return false }
    context.console.note(
      "\(visit.host.name): a newer commit is live (\(visit.state.live?.commit ?? "")); left as it is"
    )
    return true
  }

  private func range(on visit: Visit, _ cargo: Cargo) -> CommitRange? {
    guard case .git(_, let repository) = project.settings.source,
      let live = visit.state.live?.commit, let next = cargo.tree.origin.commit
    else { return nil }
    return CommitRange(from: live, to: next, repository: repository)
  }

  private func lines(_ range: CommitRange, host: String) -> [String] {
    let count = range.ahead.count == 1 ? "1 commit" : "\(range.ahead.count) commits"
    var lines = ["\(host): \(count) beyond what is live"]
    lines += range.ahead.prefix(10).map { "  \($0)" }
    if range.ahead.count > 10 { lines.append("  … \(range.ahead.count - 10) more") }
    if range.behind > 0 {
      let missing = range.behind == 1 ? "1 commit" : "\(range.behind) commits"
      lines.append("  without \(missing) that \(range.behind == 1 ? "is" : "are") live now")
    }
    return lines
  }
}

/// What becomes of a push whose commit is older than the live one.
enum Superseded: String, CaseIterable, ArgumentValue {
  case push
  case skip
}
