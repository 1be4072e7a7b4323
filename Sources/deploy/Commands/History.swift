import Arguments
import Digests
import Execution
import Operations
import Planning
import Remote

let historyCommand = Command<Context>(
  "history", "show the ledger: every change, when, by whom",
  section: "looking", options: [HistoryOptions.verify, HistoryOptions.limit]
) { invocation, context in
  try await Visiting(invocation, context).each { visit in
    let answer = try await visit.session.ask(.ledger)
    let ledger = Ledger(answer.events)
    if invocation[HistoryOptions.verify], let fault = ledger.fault {
      throw Failure(
        exitCode: 20, host: visit.host.name, phase: "history", what: fault,
        live: visit.state.liveText,
        next: "compare \(visit.host.path)/.deploy/ledger.jsonl with a backup; deploys still work")
    }
    let shown = ledger.records.suffix(invocation[HistoryOptions.limit] ?? 20)
    var table = Table(headings: ["seq", "when", "event", "release", "by", "what"])
    for record in shown {
      let what = [
        record.verb, record.whyInFull, record.key, record.commit.map { String($0.prefix(8)) },
        record.subject,
      ]
      table.rows.append([
        "\(record.seq)", Ledger.readable(record.at), record.event.rawValue, record.release,
        record.actor,
        what.compactMap { $0 }.joined(separator: " "),
      ])
      context.console.emit(ledger.json(record, on: visit.host.name))
    }
    if context.console.mode == .text {
      context.console.print("\(.bold, visit.host.name):\(visit.host.path)")
      context.console.print(table.text(width: context.console.edge(of: .results)))
    }
    if invocation[HistoryOptions.verify] {
      context.console.print(
        "\(visit.host.name): \(ledger.records.count) records, chain intact; head \(ledger.head)",
        json: [
          "event": "verified", "host": .string(visit.host.name),
          "records": .integer(ledger.records.count), "head": .string(ledger.head),
        ])
    }
  }
}

/// A whole ledger as it was read: its lines, and whether each follows from the one before.
struct Ledger {
  let records: [LedgerRecord]
  let head: String
  let fault: String?

  init(_ events: [AgentEvent]) {
    var records: [LedgerRecord] = []
    var head = String(repeating: "0", count: 64)
    var fault: String?
    for event in events {
      guard case .ledger(let line) = event else { continue }
      let place = "line \(records.count + 1) of the ledger"
      if let record = SurveyReader.record(line) {
        if record.prev != head, fault == nil {
          fault = "\(place) does not follow from the one before"
        }
        if record.seq != records.count + 1, fault == nil {
          fault = "\(place) has the number \(record.seq)"
        }
        records.append(record)
      } else if fault == nil {
        fault = "\(place) cannot be read"
      }
      head = hex(SHA256.hash(line + [UInt8(ascii: "\n")]))
    }
    self.records = records
    self.head = head
    self.fault = fault
  }

  /// `2026-11-20T17:33:10Z` for people.
  static func readable(_ time: String) -> String {
    String(time.prefix(19).map { $0 == "T" ? " " : $0 })
  }

  func json(_ record: LedgerRecord, on host: String) -> JSONLine {
    [
      "event": "record", "host": .string(host), "seq": .integer(record.seq),
      "what": .string(record.event.rawValue), "release": .string(record.release),
      "at": .string(record.at), "verb": .string(record.verb), "actor": .string(record.actor),
      "client": .string(record.client), "from": JSONLine(record.from), "why": JSONLine(record.why),
      "reason": JSONLine(record.reason),
      "key": JSONLine(record.key), "once": JSONLine(record.once),
      "commit": JSONLine(record.commit), "branch": JSONLine(record.branch),
      "subject": JSONLine(record.subject), "tree": JSONLine(record.tree),
    ]
  }
}

enum HistoryOptions {
  static let verify = Option<Bool>("verify", "check that every line follows from the one before")
  static let limit = Option<Int?>("limit", value: "N", in: 1...100_000, "show so many (default 20)")
}
