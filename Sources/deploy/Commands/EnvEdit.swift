import Arguments
import Execution
import Planning
import Processes

let envEditCommand = Command<Context>(
  "env edit", "edit shared/.env in $VISUAL or $EDITOR",
  discussion: """
    Opens a private copy, which is removed afterwards, shows which keys the edit adds, changes and \
    removes, and asks. Hosts that differ are edited one at a time, with --host.
    """,
  section: "environment", options: EnvOptions.change
) { invocation, context in
  let change = try EnvChange(invocation, context, .edit)
  let visits = try await change.floor.visit()
  let edited: EnvEdit.Edited
  do {
    edited = try await EnvEdit(change: change, context: context).edit(visits)
    try edited.confirm(context, isAnswered: invocation[CommonOptions.yes])
  } catch {
    await change.floor.leave(visits)
    throw error
  }
  try await change.carryOut(on: visits) { reading, visit in
    guard reading.snapshot.digest == edited.from.digest else {
      throw EnvReading.failure(
        visit, 17, "shared/\(change.file) changed while it was edited; nothing was written",
        "run it again")
    }
    return EnvChange.Edit(content: edited.content)
  }
}

/// One sitting at an editor.
struct EnvEdit {
  let change: EnvChange
  let context: Context

  struct Edited: Sendable {
    let from: EnvSnapshot
    let content: [UInt8]

    func confirm(_ context: Context, isAnswered: Bool) throws {
      let difference = DotenvDifference(from: from.file, to: Dotenv(content))
      for (sign, keys) in [
        ("+", difference.added), ("~", difference.changed), ("-", difference.removed),
      ] {
        for key in keys { context.console.note("  \(sign) \(key)") }
      }
      if difference.isEmpty { context.console.note("  no key differs") }
      guard content != from.content, !isAnswered else { return }
      guard try Prompt(surroundings: context.console.surroundings).confirm("Write this?") else {
        throw Failure(
          exitCode: 17, what: "left alone, as you said", live: "unchanged", next: "nothing")
      }
    }
  }

  func edit(_ visits: [Visit]) async throws -> Edited {
    var snapshots: [EnvSnapshot] = []
    for visit in visits {
      snapshots.append(try await EnvReading.read(visit, change.file).snapshot)
    }
    guard let first = snapshots.first, snapshots.allSatisfy({ $0.digest == first.digest }) else {
      throw Failure(
        exitCode: 15, what: "shared/\(change.file) is not the same on all hosts",
        live: "unchanged", next: "`deploy env diff` shows where; edit one with `--host NAME`")
    }
    let words = editor
    let environment = context.environment
    let content = try await onThread {
      let copy = try PrivateCopy(of: first.content ?? [], environment: environment)
      defer { copy.remove() }
      let child = try Child.start(
        Command(["sh", "-c", "\(words) \"$1\"", "sh", copy.path], environment: environment),
        input: .inherit, output: .inherit, errors: .inherit)
      let status = child.wait()
      guard status == 0 else {
        throw Failure(
          exitCode: 2, what: "the editor ended with \(status)", live: "unchanged",
          next: "name one that works in $VISUAL or $EDITOR")
      }
      return try copy.read()
    }
    return Edited(from: first, content: content)
  }

  private var editor: String {
    for name in ["VISUAL", "EDITOR"] {
      if let words = context.environment[name], !words.isEmpty { return words }
    }
    return "vi"
  }
}
