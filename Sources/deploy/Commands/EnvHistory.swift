import Arguments
import Execution
import Planning

let envHistoryCommand = Command<Context>(
  "env history", "show every change of shared/.env: when, by whom, why, which keys",
  section: "environment", options: EnvOptions.look
) { invocation, context in
  let visiting = try Visiting(invocation, context, limited: true)
  try await visiting.each { visit in
    let file = visiting.project.settings.env.file
    let snapshot = try await EnvReading.read(visit, file).snapshot
    var table = Table(headings: ["version", "when", "event", "by", "keys", "why"])
    for record in snapshot.records {
      table.rows.append([
        "\(record.version)", Ledger.readable(record.at), record.words, record.author, record.keys,
        record.why ?? "",
      ])
      context.console.emit(record.json(host: visit.host.name))
    }
    context.console.note("\(visit.host.name):\(visit.host.path)/shared/\(file)")
    if context.console.mode == .text {
      context.console.print(table.text(width: context.console.width))
    }
    if snapshot.isChangedByHand, let last = snapshot.records.last {
      context.console.note(
        "changed by hand since version \(last.version); the next change records that first")
    }
  }
}

extension EnvRecord {
  /// `+A ~B -C`
  fileprivate var keys: String {
    (added.map { "+\($0)" } + changed.map { "~\($0)" } + removed.map { "-\($0)" })
      .joined(separator: " ")
  }

  /// Nobody knows whose hand it was; the record's actor only noticed.
  fileprivate var author: String {
    switch event {
    case .found, .hand: "?"
    case .set, .unset, .edit, .rollback: actor
    }
  }

  fileprivate var words: String {
    switch event {
    case .set, .unset, .edit: event.rawValue
    case .rollback: restores.map { "rollback to \($0)" } ?? event.rawValue
    case .found: "found here"
    case .hand: "changed by hand"
    }
  }

  fileprivate func json(host: String) -> JSONLine {
    [
      "event": "env-version", "host": .string(host), "version": .integer(version),
      "at": .string(at), "what": .string(event.rawValue), "file": .string(file),
      "actor": .string(actor), "client": .string(client), "why": JSONLine(why),
      "restores": JSONLine(restores), "added": .array(added.map(JSONLine.string)),
      "changed": .array(changed.map(JSONLine.string)),
      "removed": .array(removed.map(JSONLine.string)),
    ]
  }
}
