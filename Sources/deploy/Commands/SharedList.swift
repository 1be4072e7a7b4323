import Arguments
import Execution
import Operations
import Planning
import Remote

let sharedListCommand = Command<Context>(
  "shared list", "show what is in shared/ on each host: class, size, owner, and why",
  discussion: """
    What is declared comes from the recipe and deploy.json. What was harvested appeared below the \
    docroot while the site ran. Kept is what is not served any more, and never deleted by itself.
    """,
  section: "data that stays", options: [HostOptions.role, HostOptions.host]
) { invocation, context in
  let visiting = try Visiting(invocation, context, limited: true)
  try await visiting.each { visit in
    let list = try await SharedList(visit: visit, settings: visiting.project.settings)
    context.console.print(list.text(width: context.console.width), json: list.json)
  }
}

/// One host's shared data in words.
struct SharedList {
  let visit: Visit
  let holdings: SharedHoldings
  private let rows: [(holding: SharedHoldings.Holding, verdict: Classification)]

  init(visit: Visit, settings: Settings) async throws {
    let declared =
      settings.shared.directories + settings.shared.files + settings.optionalDirectories
    let answer = try await visit.session.ask(
      .holdings(declared: declared), within: .seconds(600))
    guard answer.status == 0 else {
      throw Failure(
        answer.refusal, complaint: answer.complaint, asking: "shared list", of: visit,
        command: "deploy shared list")
    }
    self.visit = visit
    let holdings = SharedHoldings(answer.events)
    self.holdings = holdings
    let classifier = Classifier(
      settings: settings, manifest: try await visit.liveManifest(),
      of: visit.state.liveName.map { "the manifest of \($0)" } ?? "no manifest",
      registry: holdings.registry)
    rows = holdings.holdings.filter { $0.kind != "missing" || $0.sort == "harvested" }.map {
      ($0, Self.verdict($0, classifier))
    }
  }

  private static func verdict(
    _ holding: SharedHoldings.Holding, _ classifier: Classifier
  ) -> Classification {
    guard holding.sort == "other" else { return classifier.classify(holding.path) }
    return Classification(.unknown, "neither declared nor harvested: no release shows it")
  }

  func text(width: Int) -> Text {
    var lines: [Text] = ["\(.bold, visit.host.name):\(visit.host.path)/shared"]
    if let label = holdings.unfinished {
      lines.append("  \(.yellow, "unfinished")  \(SharedList.unfinishedWords(label))")
    }
    if rows.isEmpty {
      lines.append("  nothing yet; `deploy setup` makes what is declared")
    } else {
      let table = Table(
        headings: ["path", "files", "size", "owner", "mode", "class", "why"],
        rows: rows.map { row in
          let holding = row.holding
          let slash = holding.kind == "directory" ? "/" : holding.kind == "link" ? " (link)" : ""
          guard holding.kind != "missing" else {
            return [holding.path, "", "", "", "", row.verdict.kind.words, "missing on the host"]
          }
          return [
            holding.path + slash, "\(holding.files)", byteCount(holding.bytes),
            "\(holding.owner):\(holding.group)", holding.mode, row.verdict.kind.words,
            row.verdict.reason,
          ]
        })
      lines.append(table.text(width: width))
    }
    if holdings.more > 0 { lines.append("  and \(holdings.more) more") }
    for kept in holdings.kept {
      lines.append(
        "kept  .deploy/kept/\(kept.source)/\(kept.reason): \(counted(kept.files, "file")), "
          + "\(byteCount(kept.bytes))")
    }
    return lines.dropFirst().reduce(lines[0]) { $0 + "\n" + $1 }
  }

  static func unfinishedWords(_ label: String) -> String {
    "a restore did not come to its end: run `deploy shared restore FILE` again; "
      + "what it replaced is under .deploy/kept/restore-\(label)"
  }

  var json: JSONLine {
    [
      "event": "shared", "host": .string(visit.host.name), "path": .string(visit.host.path),
      "entries": .array(
        rows.map { row in
          [
            "path": .string(row.holding.path), "kind": .string(row.holding.kind),
            "origin": .string(row.holding.sort), "files": .integer(row.holding.files),
            "bytes": .integer(row.holding.bytes), "mode": .string(row.holding.mode),
            "owner": .string(row.holding.owner), "group": .string(row.holding.group),
            "class": .string(row.verdict.kind.rawValue), "reason": .string(row.verdict.reason),
          ]
        }),
      "more": .integer(holdings.more),
      "unfinished_restore": JSONLine(holdings.unfinished),
      "kept": .array(
        holdings.kept.map {
          [
            "path": .string(".deploy/kept/\($0.source)/\($0.reason)"), "files": .integer($0.files),
            "bytes": .integer($0.bytes),
          ]
        }),
    ]
  }
}

extension Visit {
  /// What the live release was shipped with; nil when none of ours is live.
  func liveManifest() async throws -> Manifest? {
    guard let live = state.live, live.tree != nil else { return nil }
    let answer = try await session.ask(.manifest(of: live.id.text), within: .seconds(600))
    return answer.status == 0 ? try ManifestReader.read(answer.events) : nil
  }
}

func counted(_ number: Int, _ noun: String) -> String {
  number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
}
