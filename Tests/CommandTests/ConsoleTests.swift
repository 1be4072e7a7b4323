import Testing

@testable import deploy

struct ConsoleTests {
  @Test func resultsAndReportsPart() {
    let recorder = ConsoleRecorder()
    let console = recorder.console()
    console.print("20261120-173310")
    console.note("uploading")
    console.warn("clock of web1 differs by 90 s")
    console.emit(["event": "flip"])
    #expect(recorder.results == "20261120-173310\n")
    #expect(recorder.reports == "uploading\nwarning: clock of web1 differs by 90 s\n")
  }

  @Test(
    "each level says what it is for",
    arguments: [
      (Console.Detail.quiet, "warning: w\n"), (.normal, "n\nwarning: w\nweb1 | r\n"),
      (.verbose, "n\ne\nwarning: w\nweb1 | r\n"),
    ])
  func levels(detail: Console.Detail, reports: String) {
    let recorder = ConsoleRecorder()
    let console = recorder.console(.text, detail)
    console.note("n")
    console.explain("e")
    console.warn("w")
    console.relay("r\n".utf8, from: "web1")
    #expect(recorder.reports == reports)
  }

  @Test func jsonModeHoldsEventsAndNothingElse() {
    let recorder = ConsoleRecorder()
    let console = recorder.console(.json, .verbose)
    console.note("n")
    console.explain("e")
    console.progress("p")
    console.relay("r\n".utf8, from: "web1")
    console.print("text", json: ["event": "status", "live": nil])
    console.warn("w")
    console.report(ErrorReport(code: 16, message: "m", next: "`deploy status`"))
    #expect(
      recorder.results == """
        {"event":"status","live":null}
        {"event":"warning","message":"w"}
        {"event":"error","code":16,"message":"m","live":null,"kept":null,"next":"`deploy status`"}

        """)
    #expect(recorder.reports == "")
  }

  @Test(
    "styles only where they are wanted",
    arguments: [
      (Surroundings.terminal, "\u{1b}[32mlive\u{1b}[0m web1\n"),
      (Surroundings.terminal.with("NO_COLOR", "1"), "live web1\n"),
      (Surroundings.terminal.with("NO_COLOR", ""), "\u{1b}[32mlive\u{1b}[0m web1\n"),
      (Surroundings.terminal.with("TERM", "dumb"), "live web1\n"),
      (Surroundings(), "live web1\n"),
    ])
  func styles(surroundings: Surroundings, output: String) {
    let recorder = ConsoleRecorder()
    recorder.console(.text, .normal, surroundings).print("\(.green, "live") \("web1")")
    #expect(recorder.results == output)
  }

  @Test func eachStreamIsATerminalOfItsOwn() {
    var surroundings = Surroundings.terminal
    surroundings.resultsAreTerminal = false
    let recorder = ConsoleRecorder()
    let console = recorder.console(.text, .normal, surroundings)
    console.print("\(.bold, "a")")
    console.note("\(.bold, "a")")
    #expect(recorder.results == "a\n")
    #expect(recorder.reports == "\u{1b}[1ma\u{1b}[0m\n")
  }

  @Test(arguments: [
    (Surroundings.terminal, 60), (Surroundings(environment: ["COLUMNS": "120"]), 120),
    (Surroundings(environment: ["COLUMNS": "wide"]), 80), (Surroundings(), 80),
    (Surroundings(columns: 5), 40),
  ])
  func widths(surroundings: Surroundings, width: Int) {
    #expect(surroundings.width == width)
  }

  @Test func theLiveLineIsRewrittenThrottledAndCleared() {
    let recorder = ConsoleRecorder()
    let console = recorder.console(.text, .normal, .terminal)
    console.progress("1 of 3")
    console.progress("2 of 3")
    recorder.wait(.milliseconds(100))
    console.progress("3 of 3")
    console.print("done")
    console.endProgress()
    #expect(recorder.reports == "\r\u{1b}[K1 of 3\r\u{1b}[K3 of 3\r\u{1b}[K")
    #expect(recorder.results == "done\n")
  }

  @Test func whatIsNewIsShownAtOnce() {
    let recorder = ConsoleRecorder()
    let console = recorder.console(.text, .normal, .terminal)
    console.progress("point current at releases/2", isNew: true)
    console.progress("run `warm caches`", isNew: true)
    #expect(recorder.reports.hasSuffix("\r\u{1b}[Krun `warm caches`"))
  }

  @Test func everyConsoleOfATerminalTakesTheOneLiveLineAway() {
    let recorder = ConsoleRecorder()
    let console = recorder.console(.text, .normal, .terminal)
    console.with(mode: .text, detail: .verbose).progress("uploading")
    console.note("stopping")
    #expect(recorder.reports == "\r\u{1b}[Kuploading\r\u{1b}[Kstopping\n")
  }

  @Test func theLiveLineNeverFillsTheLastColumn() {
    let recorder = ConsoleRecorder()
    let long = String(repeating: "ä", count: 80)
    recorder.console(.text, .normal, .terminal).progress("\(.dim, "web1") \(long)\nsecond")
    #expect(
      recorder.reports
        == "\r\u{1b}[K\u{1b}[2mweb1\u{1b}[0m " + String(repeating: "ä", count: 53) + "…")
  }

  @Test(
    "without someone watching, progress is a plain line every ten seconds",
    arguments: [Surroundings(), .terminal.with("CI", "true"), .terminal.with("TERM", "dumb")])
  func plainProgress(surroundings: Surroundings) {
    let recorder = ConsoleRecorder()
    let console = recorder.console(.text, .normal, surroundings)
    for second in 0..<25 {
      console.progress("\(second) s")
      recorder.wait(.seconds(1))
    }
    console.endProgress()
    #expect(recorder.reports == "10 s\n20 s\n")
  }
}

struct ConsoleErrorReportTests {
  private let report = ErrorReport(
    code: 13, message: "hook \"php artisan migrate --force\" exited 1 on web2",
    live: "20261120-173310 (seq 41), unchanged", kept: "staging/42, hook log",
    next: "fix the migration, then run `deploy push` again")

  @Test func fourThingsInThreeLines() {
    #expect(
      report.text(width: 80).plain == """
        error[13] hook "php artisan migrate --force" exited 1 on web2
          live:  20261120-173310 (seq 41), unchanged      kept: staging/42, hook log
          next:  fix the migration, then run `deploy push` again
        """)
  }

  @Test func narrowTerminalsWrap() {
    #expect(
      report.text(width: 44).plain == """
        error[13] hook "php artisan migrate --force"
          exited 1 on web2
          live:  20261120-173310 (seq 41), unchanged
          kept:  staging/42, hook log
          next:  fix the migration, then run `deploy
                 push` again
        """)
  }

  @Test func absentFieldsHaveNoLine() {
    let report = ErrorReport(code: 2, message: "unknown command \"psuh\"", next: "one\ntwo")
    #expect(
      report.text(width: 80).plain == """
        error[2] unknown command "psuh"
          next:  one
                 two
        """)
  }

  @Test func theSameFieldsAsJSON() {
    #expect(
      report.json.text == """
        {"event":"error","code":13,\
        "message":"hook \\"php artisan migrate --force\\" exited 1 on web2",\
        "live":"20261120-173310 (seq 41), unchanged","kept":"staging/42, hook log",\
        "next":"fix the migration, then run `deploy push` again"}
        """)
  }
}

struct ConsoleTableTests {
  private let table = Table(
    headings: ["host", "live", "note"],
    rows: [
      ["web1", "20261120-173310", "ok"], ["größe2", "-", "it\nlies across\u{1b}[31m"], ["x"],
    ])

  @Test func columnsAreAsWideAsTheyNeed() {
    #expect(
      table.text(width: 80).plain == """
        host    live             note
        web1    20261120-173310  ok
        größe2  -                it\\x0alies across\\x1b[31m
        x
        """)
  }

  @Test func theLastColumnGivesWay() {
    let lines = table.text(width: 40).lines(styled: false)
    #expect(lines.filter { $0.count > 40 } == [])
    #expect(
      lines == [
        "host    live             note", "web1    20261120-173310  ok",
        "größe2  -                it\\x0alies", "                         across\\x1b[31m", "x",
      ])
  }

  @Test func namesAreNeverBrokenInTwo() {
    let history = Table(
      headings: ["seq", "when", "event", "release", "what"],
      rows: [["1", "2026-11-20 20:08:49", "prepared", "20261120-195720", "push First version"]])
    #expect(
      history.text(width: 40).plain == """
        seq      1
        when     2026-11-20 20:08:49
        event    prepared
        release  20261120-195720
        what     push First version
        """)
  }
}
