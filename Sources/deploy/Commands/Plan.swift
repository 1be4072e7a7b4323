import Arguments
import Execution
import Operations
import Planning
import Remote
import Shipping

let planCommand = Command<Context>(
  "plan", "show what a push would do, against the real hosts",
  section: "deploying",
  options: [
    PushOptions.force, PushOptions.wait, PushOptions.allow, PushOptions.oldCode,
    PushOptions.superseded,
    HostOptions.role,
    HostOptions.host,
  ]
) { invocation, context in
  try await Push(invocation, context).showPlan()
}

extension Push {
  /// The same values that a push carries out, printed.
  func showPlan() async throws {
    let prepared = try await prepare()
    defer { prepared.cargo.tree.remove() }
    context.console.endProgress()
    if prepared.work.isEmpty {
      for visit in prepared.visits {
        context.console.print(
          "nothing to do on \(visit.host.name): this content is live already",
          json: ["event": "plan", "host": .string(visit.host.name), "nothing_to_do": true])
      }
    }
    tellCommits(prepared)
    for (visit, plan) in prepared.work {
      let difference = try await difference(on: visit, prepared.cargo)
      let docroot = DocrootTable(
        settings: project.settings,
        manifest: try await prepared.cargo.manifest(using: visit.state.algorithm))
      context.console.print(Text(plan.text), json: json(plan, difference, docroot, visit))
      if let table = docroot.table, context.console.mode == .text {
        context.console.print(table.text(width: context.console.width))
      }
      if let difference { printDifference(difference) }
    }
    await change.leave(prepared.visits)
  }

  /// What changes in the files, against the manifest of the live release. Nil on a host that has none.
  private func difference(on visit: Visit, _ cargo: Cargo) async throws -> ManifestDifference? {
    let new = try await cargo.manifest(using: visit.state.algorithm)
    var old = Manifest(algorithm: new.algorithm, entries: [])
    if let live = visit.state.live, live.tree != nil {
      let answer = try await visit.session.ask(.manifest(of: live.id.text))
      old = try ManifestReader.read(answer.events) ?? old
      guard old.algorithm == new.algorithm else { return nil }
    }
    return ManifestDifference(from: old, to: new)
  }

  private func printDifference(_ difference: ManifestDifference) {
    let limit = context.console.detail == .verbose ? Int.max : 10
    let groups = [("+", difference.added), ("~", difference.changed), ("-", difference.removed)]
    for (sign, paths) in groups {
      for path in paths.prefix(limit) { context.console.print("  \(sign) \(path)") }
      if paths.count > limit { context.console.print("  \(sign) ... \(paths.count - limit) more") }
    }
    context.console.print(
      """
        \(difference.added.count) added, \(difference.changed.count) changed, \
      \(difference.removed.count) removed; \(byteCount(Int(difference.bytesToSend))) of new content
      """)
  }

  private func json(
    _ plan: Plan, _ difference: ManifestDifference?, _ docroot: DocrootTable, _ visit: Visit
  ) -> JSONLine {
    var members = plan.members(on: visit)
    members.append(.init(key: "docroot", value: docroot.json))
    if let difference {
      members += [
        .init(key: "added", value: .integer(difference.added.count)),
        .init(key: "changed", value: .integer(difference.changed.count)),
        .init(key: "removed", value: .integer(difference.removed.count)),
        .init(key: "bytes", value: .integer(Int(difference.bytesToSend))),
      ]
    }
    return .object(members)
  }
}

extension Plan {
  func members(on visit: Visit) -> [JSONLine.Member] {
    [
      .init(key: "event", value: "plan"), .init(key: "host", value: .string(visit.host.name)),
      .init(key: "title", value: .string(title)),
      .init(
        key: "operations",
        value: .array(
          phases.flatMap { phase in
            phase.operations.map {
              [
                "phase": .string(phase.name.rawValue), "operation": .string($0.verb),
                "summary": .string($0.summary),
              ]
            }
          })),
      .init(key: "notes", value: .array(notes.map(JSONLine.string))),
    ]
  }
}
