import Execution

/// How a change ended that did not succeed on every host.
struct HostsEnding {
  let failures: [Failure]
  /// Hosts that show what was wanted.
  var live: [(host: String, release: String?)] = []
  /// Of all hosts.
  let count: Int

  /// One host's failure is the command's. With several, each fault is reported, then a line for every
  /// host; what matters most is that they differ, or that the outcome of one is unknown.
  func error(_ context: Context) -> any Error {
    guard count > 1 else { return failures[0] }
    for failure in failures where !failure.followsOthers || failures.allSatisfy(\.followsOthers) {
      context.console.report(ErrorReport(failure))
    }
    context.console.print(table.text(width: context.console.width), json: json)
    var whole = summary
    whole.exitCode = context.interruption.exitCode ?? whole.exitCode
    return whole
  }

  private var table: Table {
    let shown = live.map { [$0.host, "ok", $0.release ?? ""] }
    let failed = failures.map {
      [$0.host ?? "", $0.followsOthers ? "held back" : "failed (\($0.exitCode))", $0.live]
    }
    return Table(headings: ["host", "ended", "live"], rows: shown + failed)
  }

  private var json: JSONLine {
    [
      "event": "hosts",
      "hosts": .array(
        live.map { ["host": .string($0.host), "exit": 0, "live": JSONLine($0.release)] }
          + failures.map {
            [
              "host": JSONLine($0.host), "exit": .integer(Int($0.exitCode)),
              "held_back": .bool($0.followsOthers), "live": .string($0.live),
            ]
          }),
    ]
  }

  /// Who is to blame, and for what: those that had no fault of their own are left out.
  private var culprits: String {
    let guilty = failures.filter { !$0.followsOthers }
    let names = (guilty.isEmpty ? failures : guilty).compactMap(\.host).joined(separator: ", ")
    let phases = Set(guilty.map(\.phase))
    guard phases.count == 1, let phase = guilty[0].phase else { return "\(names) failed" }
    return "\(names) failed at \(phase)"
  }

  private var summary: Failure {
    if failures.contains(where: { $0.exitCode == 16 }) {
      return Failure(
        exitCode: 16, what: "\(culprits), and what is live is not known everywhere",
        live: "as the table says; `deploy status` asks again", next: "`deploy status`")
    }
    let returned = failures.count { $0.exitCode == 14 }
    guard live.isEmpty else {
      return Failure(
        exitCode: 15, what: "\(culprits); \(live.count) of \(count) hosts are changed",
        live: "differs between hosts, as the table says",
        next: "`deploy converge` when the others are to follow, or `deploy rollback`")
    }
    guard returned == 0 else {
      return Failure(
        exitCode: 15, what: "\(culprits); \(returned) of \(count) hosts rolled back",
        live: "as before on every host", next: "correct it, then run it again")
    }
    return Failure(
      exitCode: 15, what: "\(culprits); no host was changed",
      live: "as before on every host", next: "correct it, then run it again")
  }
}
