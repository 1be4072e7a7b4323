import Arguments
import Testing

struct HelpTests {
  @Test func overviewAtEightyColumns() {
    #expect(
      Sample.table.help(.overview, width: 80) == """
        deploy - ship an application and take it back

        usage: deploy <command> [options]

        commands:
          push      build, upload and make a new release live
          rollback  make an earlier release live again
          run       run a command on every host

        data:
          env set     set a variable
          env list    list the names of all variables
          completion  print a completion script
          version     print the version

        options of every command:
          -s, --stage NAME  the stage to act on
          -y, --yes         answer yes to every question
          -h, --help        explain instead of acting

        `deploy help <command>` says more.
        """)
  }

  @Test func aCommandAtFiftyColumns() {
    #expect(
      Sample.table.help(.command(Sample.push), width: 50) == """
        deploy push - build, upload and make a new release
          live

        usage: deploy push [options] [hosts...]

        Builds in a clean export, sends what the host
        lacks and flips in one rename. A release that is
        not healthy does not stay live.

          deploy push -s production

        words:
          [hosts...]  only these hosts

        options:
          -n, --dry-run    print the plan and change
                           nothing
              --keep N     releases to keep on each host
              --wait TIME  how long to wait for the lock
                           (1m30s unless given)
              --format text|markdown
                           how the plan is written
              --only HOST  push to this host; may be
                           repeated

        options of every command:
          -s, --stage NAME  the stage to act on
          -y, --yes         answer yes to every question
          -h, --help        explain instead of acting
        """)
  }

  @Test func aGroup() {
    #expect(
      Sample.table.help(.group("env"), width: 80) == """
        usage: deploy env <command> [options]

        commands:
          env set   set a variable
          env list  list the names of all variables

        `deploy help env <command>` says more.
        """)
  }

  @Test(
    "no line is wider than asked, from 40 to 100 columns", arguments: [1, 40, 57, 72, 100, 300])
  func widths(width: Int) {
    let limit = min(max(width, 40), 100)
    for topic in [.overview] + Sample.table.commands.map(CommandTable<Int>.Topic.command) {
      let lines = Sample.table.help(topic, width: width).split(separator: "\n")
      #expect(lines.filter { $0.count > limit } == [])
      #expect(lines.filter { $0.last == " " } == [])
    }
  }

  @Test func markdownForTheReadme() {
    #expect(
      Help.markdown(Sample.table) == """
        | Command | What it does |
        |---|---|
        | `deploy push [hosts...]` | build, upload and make a new release live |
        | `deploy rollback [release]` | make an earlier release live again |
        | `deploy run -- <command>...` | run a command on every host |
        | `deploy env set <name>` | set a variable |
        | `deploy env list` | list the names of all variables |
        | `deploy completion <shell>` | print a completion script |
        | `deploy version` | print the version |
        """)
    #expect(
      Help.markdown(optionsOf: Sample.push).split(separator: "\n").contains(
        "| `--format text\\|markdown` | how the plan is written |"))
  }

  @Test(arguments: [
    ("a bb ccc", 4, 0, ["a bb", "ccc"]), ("", 4, 0, [""]),
    ("one-long-word b", 4, 2, ["one-long-word", "  b"]),
    ("ä ö ü", 3, 0, ["ä ö", "ü"]),
  ])
  func wrapping(text: String, width: Int, indent: Int, lines: [String]) {
    #expect(text.wrapped(to: width, hanging: indent) == lines)
  }
}
