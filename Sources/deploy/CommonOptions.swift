import Arguments

/// The options that every command takes.
enum CommonOptions {
  static let stage = Option<String?>(
    "stage", short: "s", value: "NAME", "the stage to work on (default: the only one)")
  static let config = Option<String?>(
    "config", short: "c", value: "FILE", "read this file instead of deploy.json")
  static let json = Option<Bool>("json", "print one JSON object a line")
  static let verbose = Option<Bool>("verbose", short: "v", "show every operation")
  static let quiet = Option<Bool>("quiet", short: "q", "print results and errors only")
  static let yes = Option<Bool>("yes", short: "y", "answer every question with yes")
  static let help = Option<Bool>("help", short: "h", "show help")

  static let all: [any DeclaredOption] = [stage, config, json, verbose, quiet, yes]
}
