import Arguments
import Execution
import Operations
import Planning
import Remote

let runCommand = Command<Context>(
  "run", "run a command in the live release, on every host or on those of a role",
  discussion: """
    The command runs in `current`, on all hosts at once; each line of its output is led by its \
    host's name. The exit status is 0 when it was 0 everywhere, else the highest.

      deploy run -- php artisan queue:restart
      deploy run --role worker -- 'ps aux | grep queue'

    Several words reach the host as they were typed. A single word is a line for the host's shell.
    """,
  section: "looking", operands: [RunOperands.command],
  options: [HostOptions.role, HostOptions.host]
) { invocation, context in
  let project = try Project(invocation, context).limited(invocation)
  let line = RunCommandLine(invocation[RunOperands.command]).text
  let statuses = try await Following(project: project, context: context).each { visit, say in
    guard visit.state.liveName != nil else {
      throw Failure(
        exitCode: 17, host: visit.host.name, phase: "run", what: "no release is live here",
        live: visit.state.liveText, next: "`deploy push` makes one live")
    }
    return try await Following.listen(to: .run(line), on: visit, say: say)
  }
  for (host, status) in statuses where status != 0 {
    context.console.note("\(host): the command exited \(status)")
  }
  for (host, status) in statuses {
    context.console.emit([
      "event": "result", "host": .string(host), "verb": "run", "exit": .integer(Int(status)),
    ])
  }
  if let worst = statuses.map(\.status).max(), worst != 0 { throw Ended(exitCode: worst) }
}

/// What was typed behind `--`, as a line for a shell.
struct RunCommandLine {
  let text: String

  init(_ words: [String]) {
    text = words.count == 1 ? words[0] : words.map(Self.quoted).joined(separator: " ")
  }

  static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "+")...UInt8(ascii: ":")).contains(byte)
          || "_=@%".utf8.contains(byte)
      }
    guard !isPlain else { return word }
    let parts = word.split(separator: "'", omittingEmptySubsequences: false)
    return "'" + parts.joined(separator: "'\\''") + "'"
  }
}

enum RunOperands {
  static let command = Operand<[String]>.passthrough("command", "what to run in `current`")
}
