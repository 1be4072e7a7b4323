import Arguments
import Execution
import Operations
import Planning
import Processes
import Shipping

let sharedPushCommand = Command<Context>(
  "shared push", "copy a directory of this machine into shared/ on the hosts",
  discussion: """
    What is in DIR lands in shared/PATH, file by file, after all of it arrived and was verified. A file \
    that is there with another content stays, and then nothing is placed; with --force it is \
    replaced, and the old one is kept under .deploy/kept.

      deploy shared push ./seed-images public/uploads
    """,
  section: "data that stays", operands: [SharedPush.directory, SharedOperands.path],
  options: [
    SharedPull.force, PushOptions.dryRun, PushOptions.wait, HostOptions.role, HostOptions.host,
  ]
) { invocation, context in
  let path = try SharedPath(invocation[SharedOperands.path]).text
  let typed = invocation[SharedPush.directory]
  let directory = typed.hasPrefix("/") ? typed : "\(context.directory)/\(typed)"
  let change = try SharedChange(invocation, context, verb: "push")
  let cargo = try await SharedPush.cargo(directory, context)
  let count = cargo.tree.entries.count { $0.kind == .file }
  let visits = try await change.change.visit()
  try await change.carryOut(
    path, sending: cargo, to: visits, [.fill(path, replacing: invocation[SharedPull.force])]
  ) { _ in
    FloorChange.Ending(
      words: "\(counted(count, "file")) of \(typed) are in shared/\(path)",
      next: change.project.settings.isShared(path)
        ? "nothing: releases show shared/\(path)"
        : "add \"\(path)\" to shared.directories in deploy.json, if a release is to show it")
  }
}

enum SharedPush {
  static let directory = Operand<String>("dir", "a directory on this machine")

  /// Links stay here: nothing on a host is read or written through a link in shared/.
  static func cargo(_ directory: String, _ context: Context) async throws -> Cargo {
    let entries = try await onThread { try TreeWalk(root: directory).entries() }
    let kept = entries.filter { entry in
      if case .link = entry.kind { false } else { true }
    }
    let links = entries.count - kept.count
    if links > 0 { context.console.warn("\(counted(links, "link")) left out") }
    return Cargo(
      tree: Tree(root: directory, entries: kept, origin: Origin(source: "directory \(directory)")))
  }
}
