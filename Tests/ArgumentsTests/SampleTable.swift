import Arguments

/// A small tool that has one of everything.
enum Sample {
  enum Format: String, CaseIterable, ArgumentValue {
    case text
    case markdown
  }

  static let stage = Option<String?>("stage", short: "s", value: "NAME", "the stage to act on")
  static let yes = Option<Bool>("yes", short: "y", "answer yes to every question")
  static let help = Option<Bool>("help", short: "h", "explain instead of acting")

  static let dryRun = Option<Bool>("dry-run", short: "n", "print the plan and change nothing")
  static let keep = Option<Int?>("keep", in: 2...100, "releases to keep on each host")
  static let wait = Option<Duration>(
    "wait", default: .seconds(90), "how long to wait for the lock")
  static let format = Option<Format?>("format", "how the plan is written")
  static let only = Option<[String]>("only", value: "HOST", "push to this host; may be repeated")

  static let release = Operand<String?>("release", "the release to return to")
  static let hosts = Operand<[String]>("hosts", "only these hosts")
  static let name = Operand<String>("name", "the variable's name")
  static let words = Operand<[String]>.passthrough("command", "what to run in the live release")
  static let shell = Operand<Completion.Shell>("shell", "the shell to complete for")

  static let push = Command<Int>(
    "push", "build, upload and make a new release live",
    discussion: """
      Builds in a clean export, sends what the host lacks and flips in one rename.
      A release that is not healthy does not stay live.

        deploy push -s production
      """,
    operands: [hosts], options: [dryRun, keep, wait, format, only]
  ) { _, _ in }

  static let table = CommandTable<Int>(
    tool: "deploy", summary: "ship an application and take it back",
    commands: [
      push,
      Command("rollback", "make an earlier release live again", operands: [release]) { _, _ in },
      Command("run", "run a command on every host", operands: [words]) { _, _ in },
      Command("env set", "set a variable", section: "data", operands: [name]) { _, _ in },
      Command("env list", "list the names of all variables", section: "data") { _, _ in },
      Command("completion", "print a completion script", section: "data", operands: [shell]) {
        _, _ in
      },
      Command("version", "print the version", section: "data") { _, _ in },
    ],
    common: [stage, yes], help: help)
}
