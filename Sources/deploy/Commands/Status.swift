import Arguments
import Execution
import Operations
import Planning
import Remote

let statusCommand = Command<Context>(
  "status", "show what is live, since when, by whom, and what is in the way",
  section: "looking"
) { invocation, context in
  try await Visiting(invocation, context).each { visit in
    let drift = try await Status.drift(of: visit)
    let status = Status(visit: visit, drift: drift)
    context.console.print(status.text(width: context.console.width), json: status.json)
  }
}

/// One host's state in words.
struct Status {
  let visit: Visit
  /// Files of the live release that differ from its manifest; nil when it has none.
  let drift: [Difference]?

  private var state: HostState { visit.state }

  static func drift(of visit: Visit) async throws(RemoteError) -> [Difference]? {
    guard let live = visit.state.live, live.tree != nil else { return nil }
    let answer = try await visit.session.ask(.drift(of: live.id.text), within: .seconds(600))
    guard answer.status == 0 else { return nil }
    return answer.events.compactMap { if case .differs(let one) = $0 { one } else { nil } }
  }

  func text(width: Int) -> Text {
    var lines: [Text] = ["\(.bold, visit.host.name):\(visit.host.path)"]
    let live = state.live
    lines.append(
      "  live     \(state.liveText)"
        + Text(live?.since.map { " since \($0)" } ?? "")
        + Text(live?.actor.map { " by \($0)" } ?? ""))
    if let commit = live?.commit {
      lines.append("  commit   \(String(commit.prefix(12))) \(live?.subject ?? "")")
    }
    if let downtime = state.downtime {
      lines.append(
        "  \(.yellow, "down")     \(downtime.text(at: state.clock)); `deploy up` ends it")
    }
    if let failure = state.lastFailure {
      let release = failure.event == .failed ? failure.release : failure.from ?? "?"
      let why = failure.reason ?? failure.why ?? "it does not say why"
      lines.append("  \(.red, "failed")   \(release) at \(failure.at): \(why)")
    }
    if let holder = state.holder {
      lines.append(
        """
          \(.yellow, "locked")   \(holder.description), phase \(holder.phase), \
        \(max(state.clock - holder.since, 0)) s (pid \(holder.pid))
        """)
    }
    switch drift {
    case .none: break
    case .some(let differences) where differences.isEmpty: lines.append("  drift    none")
    case .some(let differences):
      let words = differences.count == 1 ? "1 file differs" : "\(differences.count) files differ"
      lines.append("  \(.yellow, "drift")    \(words) from what was shipped:")
      lines += differences.prefix(10).map { "             \($0)" }
      if differences.count > 10 { lines.append("             and \(differences.count - 10) more") }
    }
    lines.append("  disk     \(disk)")
    if state.trash > 0 {
      lines.append("  trash    \(state.trash) old releases could not be deleted yet")
    }
    if !state.releases.isEmpty {
      lines.append("  releases")
      for release in state.releases.reversed() {
        lines.append(
          "    \(release.id)  \(release.state.rawValue)"
            + Text(release.subject.map { "  \($0)" } ?? ""))
      }
    }
    if !state.foreignNames.isEmpty {
      lines.append("  foreign  \(state.foreignNames.joined(separator: ", "))")
    }
    return lines.dropFirst().reduce(lines[0]) { $0 + "\n" + $1 }
  }

  private var disk: String {
    let space = state.freeKilobytes.map { byteCount($0 * 1024) + " free" } ?? "unknown"
    return space + (state.freeInodes.map { ", \($0) inodes" } ?? "")
  }

  var json: JSONLine {
    [
      "event": "status", "host": .string(visit.host.name), "path": .string(visit.host.path),
      "live": JSONLine(state.liveName), "since": JSONLine(state.live?.since),
      "actor": JSONLine(state.live?.actor), "commit": JSONLine(state.live?.commit),
      "sequence": JSONLine(state.live?.sequence),
      "down": state.downtime.map(Maintenance.json) ?? .null,
      "drift": drift.map { .array($0.map(Self.json)) } ?? .null,
      "failure": state.lastFailure.map {
        [
          "release": JSONLine($0.event == .failed ? $0.release : $0.from), "at": .string($0.at),
          "why": JSONLine($0.reason ?? $0.why),
        ]
      } ?? .null,
      "lock": state.holder.map { .string($0.description) } ?? .null,
      "free_kilobytes": JSONLine(state.freeKilobytes), "free_inodes": JSONLine(state.freeInodes),
      "trash": .integer(state.trash),
      "releases": .array(
        state.releases.map {
          [
            "id": .string($0.id.text), "state": .string($0.state.rawValue),
            "sequence": JSONLine($0.sequence), "commit": JSONLine($0.commit),
          ]
        }),
      "foreign": .array(state.foreignNames.map(JSONLine.string)),
    ]
  }

  private static func json(_ difference: Difference) -> JSONLine {
    let change =
      switch difference.change {
      case .added: "added"
      case .changed: "changed"
      case .missing: "missing"
      }
    return ["change": .string(change), "path": .string(difference.path)]
  }
}
