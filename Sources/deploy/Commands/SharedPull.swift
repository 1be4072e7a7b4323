import Arguments
import Execution
import Glibc
import Planning
import Processes
import Shipping

let sharedPullCommand = Command<Context>(
  "shared pull", "copy shared data of a host into a directory here",
  discussion: """
    What is in shared/PATH lands in DIR (by default a directory of that name here). Every file is \
    compared with its digest on the host; one that is here already with another content is not \
    overwritten unless --force.

      deploy shared pull storage/app/public
      deploy shared pull public/uploads /tmp/uploads --host web1
    """,
  section: "data that stays", operands: [SharedOperands.path, SharedPull.directory],
  options: [SharedPull.force, HostOptions.role, HostOptions.host]
) { invocation, context in
  try await SharedPull(invocation, context).carryOut(invocation)
}

struct SharedPull {
  static let directory = Operand<String?>("dir", "where to, on this machine")
  static let force = Option<Bool>("force", "replace files that are there and differ")

  let context: Context
  let path: String
  /// Absolute.
  let directory: String
  let replaces: Bool

  init(_ invocation: Invocation, _ context: Context) throws {
    self.context = context
    path = try SharedPath(invocation[SharedOperands.path]).text
    let typed =
      invocation[Self.directory] ?? path.split(separator: "/").last.map(String.init) ?? "."
    directory = typed.hasPrefix("/") ? typed : "\(context.directory)/\(typed)"
    replaces = invocation[Self.force]
  }

  func carryOut(_ invocation: Invocation) async throws {
    let visiting = try Visiting(invocation, context, limited: true)
    _ = try visiting.project.onlyHost("deploy shared pull \(path)")
    try await visiting.each { visit in
      try await pull(from: visit)
    }
  }

  private func pull(from visit: Visit) async throws {
    let began = ContinuousClock.now
    let transfer = Transfer(
      visit: visit, context: context, command: "deploy shared pull \(path)",
      directory: Project.spoolDirectory(context.environment))
    let harvest = try await transfer.fetch([path])
    let placement = Placement(of: path, in: directory, replacing: replaces)
    let result: Placement.Result
    do {
      result = try await onThread {
        if !replaces, let first = harvest.parcels.first {
          let conflicts = try placement.conflicts(with: first)
          guard conflicts.isEmpty else { throw refusal(conflicts, on: visit) }
        }
        var result = Placement.Result()
        for parcel in harvest.parcels { try placement.place(parcel, into: &result) }
        return result
      }
    } catch let error as ShippingError {
      throw Failure(
        exitCode: error.exitCode, host: visit.host.name, phase: "pull", what: error.description,
        live: "the host, unchanged", next: error.next)
    }
    for left in result.leftOut {
      context.console.warn("\(left): a link that leads elsewhere, or no file; left out")
    }
    tell(result, harvest, visit, began.duration(to: .now) / .seconds(1))
    try Self.complain(of: harvest, on: visit, "deploy shared pull \(path)")
  }

  private func refusal(_ conflicts: [TreePath], on visit: Visit) -> Failure {
    let more = conflicts.count > 1 ? " and \(conflicts.count - 1) more" : ""
    return Failure(
      exitCode: 17, host: visit.host.name, phase: "pull",
      what: "\(directory)/\(conflicts[0])\(more) is there and differs; nothing was written",
      live: "the host, unchanged", next: "name an empty directory, or replace them by `--force`")
  }

  private func tell(
    _ result: Placement.Result, _ harvest: Transfer.Harvest, _ visit: Visit, _ seconds: Double
  ) {
    let rate = byteCount(Int(Double(result.bytes) / max(seconds, 0.001)))
    context.console.print(
      """
      \(.green, "done") \(visit.host.name): shared/\(path) is in \(directory): \
      \(counted(result.files, "file")), \(byteCount(Int(result.bytes))), verified \
      (\(milliseconds(seconds)), \(rate)/s)
      """,
      json: [
        "event": "result", "host": .string(visit.host.name), "verb": "shared pull",
        "path": .string(path), "directory": .string(directory), "files": .integer(result.files),
        "bytes": .integer(Int(result.bytes)), "seconds": .number(seconds),
        "changed": .array(harvest.restless.map { .string($0.description) }),
        "exit": .integer(harvest.restless.isEmpty && harvest.unreadable.isEmpty ? 0 : 12),
      ])
  }

  /// What is missing has a name, and the command did not do what it is for.
  static func complain(
    of harvest: Transfer.Harvest, on visit: Visit, _ command: String
  ) throws {
    let restless = harvest.restless.map(\.description)
    guard let first = (restless + harvest.unreadable).first else { return }
    let words = [
      restless.isEmpty
        ? nil : "\(counted(restless.count, "file")) changed each time while being read",
      harvest.unreadable.isEmpty
        ? nil : "\(visit.state.user) may not read \(counted(harvest.unreadable.count, "file"))",
    ].compactMap(\.self).joined(separator: "; ")
    throw Failure(
      exitCode: 12, host: visit.host.name, phase: "pour", what: "\(words) (such as \(first))",
      live: "\(visit.state.liveText), unchanged", kept: "all the rest",
      next: restless.isEmpty
        ? "give the deploy user the right to read, then run `\(command)` again"
        : "run `\(command)` again when the site is at rest",
      lines: (restless + harvest.unreadable).prefix(20).map { "missing: \($0)" })
  }
}

extension Project {
  /// Where an archive is written to on its way: not /tmp, which may be small and in memory.
  static func spoolDirectory(_ environment: [String: String]) -> String {
    let state = stateDirectory(environment)
    var directory = ""
    for part in state.split(separator: "/") {
      directory += "/\(part)"
      mkdir(directory, 0o700)
    }
    return state
  }
}
