import Execution

/// Migrations that ran since the release that a rollback goes to: a database does not go back with it.
struct Migrations {
  let found: [(host: String, names: [String])]

  init(_ found: [(host: String, names: [String])]) {
    self.found = found.filter { !$0.names.isEmpty }
  }

  /// Lists them and asks, unless that was answered on the command line.
  func confirm(on console: Console, isAnswered: Bool) throws {
    guard !found.isEmpty else { return }
    console.endProgress()
    for (host, names) in found {
      for name in names {
        console.print(
          "\(.yellow, "migrated") \(host): \(name)",
          json: ["event": "migrated", "host": .string(host), "migration": .string(name)])
      }
    }
    guard !isAnswered else { return }
    let count = found.reduce(0) { $0 + $1.names.count }
    let what = count == 1 ? "a migration ran" : "\(count) migrations ran"
    let advice =
      "see that the older code works with the database as it is, then "
      + "`deploy rollback --yes`"
    guard
      let isWanted = try? Prompt(surroundings: console.surroundings).confirm(
        "Go back to code that does not know them?")
    else {
      throw Failure(
        exitCode: 17,
        what: "\(what) since that release, a rollback takes none back, and nobody can be asked",
        live: "unchanged on every host", next: advice)
    }
    guard isWanted else {
      throw Failure(
        exitCode: 17, what: "not rolled back: \(what) since that release",
        live: "unchanged on every host", next: advice)
    }
  }
}
