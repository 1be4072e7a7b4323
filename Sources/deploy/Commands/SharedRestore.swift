import Arguments
import Execution
import Operations
import Planning
import Processes
import Shipping

let sharedRestoreCommand = Command<Context>(
  "shared restore", "bring the shared data of a backup back to a host",
  discussion: """
    The file is verified here, sent, verified there, and only then exchanged: each entry of shared/ \
    that the backup has, in one move. What was there is kept under .deploy/kept; other entries stay. \
    When it is interrupted, every entry is old or new; running it again finishes.
    """,
  section: "data that stays", operands: [SharedRestore.file],
  options: [PushOptions.dryRun, PushOptions.wait, HostOptions.role, HostOptions.host]
) { invocation, context in
  let typed = invocation[SharedRestore.file]
  let path = typed.hasPrefix("/") ? typed : "\(context.directory)/\(typed)"
  let change = try SharedChange(invocation, context, verb: "restore")
  _ = try change.project.onlyHost("deploy shared restore \(typed)")
  let restore = try await SharedRestore.open(path, context)
  defer { restore.tree.remove() }
  let visits = try await change.change.visit()
  guard let visit = visits.first else { return }
  let entries = restore.entries.joined(separator: ", ")
  let name = visit.host.name
  context.console.note(
    "\(name): \(entries) of \(visit.host.path)/shared will be exchanged for "
      + "\(counted(restore.contents.files, "file")) of \(typed)")
  do {
    guard
      try invocation[CommonOptions.yes] || invocation[PushOptions.dryRun]
        || SharedRestore.isWanted(entries, on: name, context)
    else {
      throw Failure(
        exitCode: 17, host: name, phase: "restore", what: "left alone, as you said",
        live: "\(visit.state.liveText), unchanged", next: "nothing; nothing was sent")
    }
  } catch {
    await change.change.leave(visits)
    throw error
  }
  try await change.carryOut(
    typed.split(separator: "/").last.map(String.init) ?? typed,
    sending: Cargo(tree: restore.tree), to: visits,
    [.restore(stamp(), registry: restore.contents.registry)]
  ) { visit in
    FloorChange.Ending(
      words: "\(entries) of shared/ are as in \(typed)",
      next: "`deploy push --force` links what the backup has and the live release has not")
  }
}

struct SharedRestore {
  static let file = Operand<String>("file", "what `deploy shared backup` wrote")

  let contents: BackupFile.Contents
  let tree: Tree

  /// The top level of what comes back.
  var entries: [String] {
    tree.entries.filter { $0.path.bytes.allSatisfy { $0 != UInt8(ascii: "/") } }
      .map(\.path.description)
  }

  static func open(_ path: String, _ context: Context) async throws -> SharedRestore {
    do {
      return try await onThread {
        let file = BackupFile(path: path)
        let contents = try file.verified()
        let (tree, leftOut) = try file.tree(
          of: contents, stateDirectory: Project.stateDirectory(context.environment))
        for link in leftOut {
          context.console.warn("\(link): a link that leads out of shared/; left out")
        }
        return SharedRestore(contents: contents, tree: tree)
      }
    } catch let error as ShippingError {
      throw Failure(
        exitCode: 20, phase: "restore", what: error.description,
        live: "unchanged; nothing was sent",
        next: "take another backup")
    }
  }

  static func isWanted(_ entries: String, on host: String, _ context: Context) throws -> Bool {
    try Prompt(surroundings: context.console.surroundings).confirm(
      "Exchange \(entries) of shared/ on \(host)?")
  }
}
