import Arguments
import Testing

struct UsageErrorTests {
  @Test(
    "a wrong command line is told what is wrong and what to type",
    arguments: [
      ("psuh", "unknown command \"psuh\"", "did you mean `deploy push`?"),
      ("roll", "unknown command \"roll\"", "did you mean `deploy rollback`?"),
      ("frobnicate", "unknown command \"frobnicate\"", "`deploy help` lists the commands"),
      ("help psuh", "unknown command \"psuh\"", "did you mean `deploy push`?"),
      ("env", "\"env\" needs a second word", "type `deploy env set` or `deploy env list`"),
      ("env sett X", "unknown command \"env sett\"", "did you mean `deploy env set`?"),
      ("-s production", "no command was given", "`deploy help` lists the commands"),
      ("-- push", "no command was given", "`deploy help` lists the commands"),
      (
        "push --dryrun", "unknown option \"--dryrun\" of `deploy push`",
        "did you mean \"--dry-run\"?"
      ),
      ("--kep 3 push", "unknown option \"--kep\" of `deploy`", "did you mean \"--keep\"?"),
      (
        "push --frobnicate", "unknown option \"--frobnicate\" of `deploy push`",
        "`deploy push --help` lists the options"
      ),
      (
        "push -x", "unknown option \"-x\" of `deploy push`",
        "`deploy push --help` lists the options"
      ),
      (
        "rollback -n", "unknown option \"-n\" of `deploy rollback`",
        "`deploy rollback --help` lists the options"
      ),
      ("push --keep", "option \"--keep\" needs a value", "write --keep=N"),
      ("push --stage --yes", "option \"--stage\" needs a value", "write --stage=NAME"),
      ("push -s", "option \"-s\" needs a value", "write -s NAME"),
      ("push --yes=no", "option \"--yes\" takes no value", nil),
      (
        "push --keep few", "option \"--keep\": expected a whole number from 2 to 100, not \"few\"",
        nil
      ),
      ("push --keep 1", "option \"--keep\": expected a whole number from 2 to 100, not \"1\"", nil),
      (
        "push --wait soon",
        "option \"--wait\": expected a duration such as 90s, 10m or 1h30m, not \"soon\"", nil
      ),
      ("push --format pdf", "option \"--format\": expected text or markdown, not \"pdf\"", nil),
      ("push -s a --stage b", "option \"--stage\" was given twice", nil),
      ("env set", "`deploy env set` needs <name>", "see `deploy env set --help`"),
      (
        "rollback a b", "\"b\" is one word too many for `deploy rollback`",
        "see `deploy rollback --help`"
      ),
      ("run", "`deploy run` needs -- <command>...", "see `deploy run --help`"),
      ("run --", "`deploy run` needs -- <command>...", "see `deploy run --help`"),
      ("run ls", "`deploy run` needs -- <command>...", "see `deploy run --help`"),
      ("run ls -- pwd", "\"ls\" is one word too many for `deploy run`", "see `deploy run --help`"),
      ("completion tcsh", "<shell>: expected bash, zsh or fish, not \"tcsh\"", nil),
    ] as [(String, String, String?)])
  func words(line: String, description: String, next: String?) throws {
    let error = #expect(throws: UsageError.self) {
      try Sample.table.request(line.split(separator: " ").map(String.init))
    }
    #expect(error?.description == description)
    #expect(error?.next == next)
  }

  @Test(arguments: [
    ("90s", Duration.seconds(90)), ("10m", .seconds(600)), ("1h30m", .seconds(5400)),
    ("500ms", .milliseconds(500)), ("2d", .seconds(172_800)), ("45", .seconds(45)),
    ("0s", .zero),
  ])
  func durations(text: String, duration: Duration) {
    #expect(Duration(argument: text) == duration)
    #expect(Duration(argument: duration.argument) == duration)
  }

  @Test(arguments: [
    "", "s", "-5", "10x", "1.5h", "30m1h", "5s5s", "10 m", "99999999999999999999s", "9999999d",
    "٣s",
  ])
  func notDurations(text: String) {
    #expect(Duration(argument: text) == nil)
  }

  @Test(arguments: [
    ("1h30m", Duration.seconds(5400)), ("0s", .zero), ("1s500ms", .milliseconds(1500)),
  ])
  func durationsAsTyped(text: String, duration: Duration) {
    #expect(duration.argument == text)
  }
}
