import Arguments
import Execution
import Operations
import Planning

/// What the commands share that change an environment file: the same edit on every host of the stage,
/// planned from what each of them has, and carried out under the lock of each.
struct EnvChange: Sendable {
  let project: Project
  let context: Context
  let event: EnvRecord.Event
  let why: String?
  let floor: FloorChange

  init(_ invocation: Invocation, _ context: Context, _ event: EnvRecord.Event) throws {
    self.context = context
    self.event = event
    why = invocation[EnvOptions.why]
    project = try Project(invocation, context).limited(invocation)
    floor = FloorChange(
      project: project, context: context, verb: "env \(event.rawValue)",
      waitSeconds: Int(invocation[PushOptions.wait].components.seconds))
  }

  /// The new content, and the version that it is of when it is one.
  struct Edit: Sendable {
    var content: [UInt8]
    var restores: Int?
  }

  /// The file that was read, with this change.
  static func edit(
    _ reading: EnvReading, on visit: Visit, _ change: (inout Dotenv) throws(DotenvError) -> Void
  ) throws -> Edit {
    var file = reading.snapshot.file
    do throws(DotenvError) {
      try change(&file)
    } catch {
      throw EnvReading.failure(
        visit, 2, error.description, "`deploy env edit`, or give it another value")
    }
    return Edit(content: file.bytes)
  }

  typealias Editing = @Sendable (EnvReading, Visit) async throws -> Edit

  var file: String { project.settings.env.file }

  func carryOut(_ edit: @escaping Editing) async throws {
    try await carryOut(on: floor.visit(), edit)
  }

  func carryOut(on visits: [Visit], _ edit: @escaping Editing) async throws {
    let work = try await floor.plans(visits) { try await planner(for: $0, edit).plan() }
    let busy = Set(work.map(\.visit.host.name))
    for visit in visits where !busy.contains(visit.host.name) { tellIdle(visit) }
    guard !work.isEmpty else { return await floor.leave(visits) }
    try await floor.carryOut(
      work, leaving: visits, replan: { try await planner(for: $0, edit).plan() }
    ) { visit in
      FloorChange.Ending(
        words: summary(of: work, on: visit),
        next: "`deploy push --force` runs the hooks that load it, where a framework caches it",
        facts: ["file": .string("shared/\(file)")])
    }
  }

  private func summary(of work: [(visit: Visit, plan: Plan)], on visit: Visit) -> String {
    let plan = work.first { $0.visit.host.name == visit.host.name }?.plan
    return "replaced" + (plan?.operations.last?.summary.dropFirst("replace".count) ?? "")
  }

  private func planner(for visit: Visit, _ edit: Editing) async throws -> EnvPlanner {
    var reading = try await EnvReading.read(visit, file)
    let edit = try await edit(reading, visit)
    guard !edit.content.contains(0), edit.content.count <= EnvReading.most else {
      throw EnvReading.failure(
        visit, 2, "the file would hold a NUL byte, or more than \(byteCount(EnvReading.most))",
        "leave it out")
    }
    if reading.snapshot.isChangedByHand, let last = reading.snapshot.records.last,
      last.digest != "-"
    {
      reading.snapshot.lastContent = try await EnvReading.version(last.version, of: visit)
      context.console.note(
        "\(visit.host.name): shared/\(file) was changed by hand since version \(last.version); "
          + "that becomes a version of its own")
    }
    for key in reading.snapshot.file.duplicates {
      context.console.note(
        "\(visit.host.name): \(key) stands there more than once; the last counts")
    }
    return EnvPlanner(
      settings: project.settings, host: visit.host, state: visit.state,
      requester: .current(context.environment), snapshot: reading.snapshot,
      change: EnvPlanner.Change(
        event, content: edit.content, digest: sha256(edit.content), why: why,
        restores: edit.restores),
      waitSeconds: floor.waitSeconds)
  }

  private func tellIdle(_ visit: Visit) {
    context.console.print(
      "nothing to do on \(visit.host.name): shared/\(file) is like that already",
      json: [
        "event": "result", "host": .string(visit.host.name), "verb": .string(floor.verb),
        "nothing_to_do": true, "exit": 0,
      ])
  }
}

enum EnvOptions {
  static let why = Option<String?>("why", value: "TEXT", "the reason, for `env history`")
  static let change: [any DeclaredOption] = [
    why, HostOptions.role, HostOptions.host, PushOptions.wait,
  ]
  static let look: [any DeclaredOption] = [HostOptions.role, HostOptions.host]
}
