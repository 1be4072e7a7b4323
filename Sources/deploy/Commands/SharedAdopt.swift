import Arguments
import Execution
import Operations
import Planning
import Shipping

let sharedAdoptCommand = Command<Context>(
  "shared adopt", "make a path of the live release shared: from now on it outlives releases",
  discussion: """
    The content moves into shared/, as the same files where the file system allows it, and a link takes \
    its place in one step. What the release ships is code: that needs --yes.

      deploy shared adopt public/invoices
      deploy shared adopt var/data.sqlite
    """,
  section: "data that stays", operands: [SharedOperands.path],
  options: [PushOptions.dryRun, PushOptions.wait, HostOptions.role, HostOptions.host]
) { invocation, context in
  let path = try SharedPath(invocation[SharedOperands.path]).text
  let insists = invocation[CommonOptions.yes]
  try await SharedChange(invocation, context, verb: "adopt").carryOut(
    path, [.keep(path, evenIfShipped: insists)]
  ) { settings in
    FloorChange.Ending(
      words: "\(path) is in shared/ now, and linked in the live release",
      next: SharedPath.advice(for: path, settings))
  }
}

enum SharedOperands {
  static let path = Operand<String>("path", "below the release and below shared/ alike")
}

/// A path that a person typed, as one below `shared/`.
struct SharedPath {
  let text: String

  init(_ typed: String) throws {
    var words = typed[...]
    if words.hasPrefix("shared/") { words = words.dropFirst(7) }
    let parts = words.split(separator: "/").filter { $0 != "." }
    guard !typed.hasPrefix("/"), !parts.isEmpty, !parts.contains("..") else {
      throw Failure(
        exitCode: 2, what: "'\(typed)' is no path below shared/", live: "unchanged",
        next: "name it as it is in the release, such as storage/app or public/uploads")
    }
    text = parts.joined(separator: "/")
  }

  /// What a person should write down after an adoption.
  static func advice(for path: String, _ settings: Settings) -> String {
    if settings.isShared(path) { return "nothing: deploy.json declares it" }
    guard let root = settings.docroot.root, root == "." || path.hasPrefix(root + "/") else {
      return "add \"\(path)\" to shared.directories (or shared.files) in deploy.json"
        + (settings.docroot.root == nil
          ? " before the next push: without a docroot nothing else links it" : "")
    }
    return "nothing: every release gets the link; shared.directories would say so in deploy.json"
  }
}

/// A change of `shared/` on the hosts of a stage.
struct SharedChange {
  let project: Project
  let context: Context
  let change: FloorChange
  private let verb: String
  private let isDry: Bool

  init(_ invocation: Invocation, _ context: Context, verb: String) throws {
    project = try Project(invocation, context).limited(invocation)
    self.context = context
    self.verb = verb
    isDry = invocation[PushOptions.dryRun]
    change = FloorChange(
      project: project, context: context, verb: "shared \(verb)",
      waitSeconds: Int(invocation[PushOptions.wait].components.seconds))
  }

  func planner(_ visit: Visit) -> SharedPlanner {
    SharedPlanner(
      host: visit.host, state: visit.state, requester: .current(context.environment),
      waitSeconds: change.waitSeconds)
  }

  func carryOut(
    _ subject: String, _ work: [Operation], ending: (Settings) -> FloorChange.Ending
  ) async throws {
    let plan: @Sendable (Visit) throws -> Plan = { try planner($0).plan(verb, subject, work) }
    let visits = try await change.visit()
    let plans = try await change.plans(visits) { try plan($0) }
    if isDry { return await change.show(plans, leaving: visits) }
    try await change.carryOut(plans, leaving: visits, replan: { try plan($0) }) { _ in
      ending(project.settings)
    }
  }

  /// Sends a tree along.
  func carryOut(
    _ subject: String, sending cargo: Cargo, to visits: [Visit], _ work: [Operation],
    ending: (Visit) -> FloorChange.Ending
  ) async throws {
    let compression = visits.count == 1 ? Compression.best(for: visits) : .none
    let plan: @Sendable (Visit) async throws -> Plan = { visit in
      let manifest = try await cargo.manifest(using: visit.state.algorithm)
      let shipment = SharedPlanner.Shipment(
        algorithm: visit.state.algorithm, compression: compression,
        bytes: manifest.entries.reduce(0) { $0 + Int($1.fileSize) })
      return try planner(visit).plan(verb, subject, sending: shipment, work)
    }
    let plans = try await change.plans(visits) { try await plan($0) }
    if isDry { return await change.show(plans, leaving: visits) }
    try await change.carryOut(
      plans, leaving: visits, cargo: cargo, compression: compression,
      replan: { try await plan($0) }, ending: ending)
  }
}
