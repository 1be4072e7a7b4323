/// The words for what an agent noticed and dealt with by itself.
public struct NoteText {
  let kind: String
  let fields: [String]
  /// What the operation printed last.
  var lines: [String] = []

  public init(kind: String, fields: [String], lines: [String] = []) {
    self.kind = kind
    self.fields = fields
    self.lines = lines
  }

  public var text: String {
    let first = fields.first ?? ""
    let second = fields.dropFirst().first ?? ""
    let third = fields.dropFirst(2).first ?? ""
    return switch kind {
    case "swept": "put away \(first), which an interrupted deploy had left"
    case "torn": "the ledger's last line was torn; it was put aside and rebuilt"
    case "recovered": "recorded \(first), which a dead session had made live"
    case "displaced":
      "the release ships \(first), which is the host's own: moved beside its manifest"
    case "made": "made \(first)"
    case "seeded": "shared/\(first) got \(counted(second, "new default")) of this release"
    case "harvested":
      "\(first) appeared while the site ran (\(counted(second, "file"))): now in shared/"
    case "harvested-more": "… \(first) in all; `deploy shared list` shows them"
    case "restored":
      "\(first) had taken the place of its link: the link is back, and shared/ has what was written"
    case "deleted": "\(first) was deleted through the site: set aside under .deploy/kept"
    case "conflict":
      "there were two contents of shared/\(first): the newer one is shown, the other is kept "
        + "under .deploy/kept"
    case "shadowed": "the release ships \(first), which shared/ has too: the release's is shown"
    case "unbound": "shared/\(first) is a link: not shown, because links there are not followed"
    case "stray": "\(first) leads into a release (\(second)): not carried over"
    case "edited":
      "\(counted(first, "shipped file")) edited on the server (\(second)…): kept under \(third), "
        + "replaced by what ships"
    case "overlapped": "\(counted(second, "build file")) of \(first) kept reachable for open pages"
    case "unshipped":
      "\(first) has no manifest, so its files were not compared with what was shipped"
    case "drifted":
      "\(counted(first, "file")) of the release changed since it was shipped (\(second)…)"
    case "trash": "\(first) old releases wait in .deploy/trash (files of another user)"
    case "unrecorded": "the ledger could not be written; the next deploy records this release"
    case "kept":
      "\(first) stays for now: it could not be harvested or moved away; tried again next time"
    case "env-version": "recorded as version \(first) of the environment"
    case "released":
      "shared/\(first) was set aside as \(second)"
        + (third == "0"
          ? "" : "; \(counted(third, "file")) of it changed meanwhile and are only there")
    case "filled": "\(counted(second, "file")) placed in shared/\(first)"
    case "replaced": "shared/\(first) was replaced; the old one is under \(second)"
    case "restored-entries":
      "\(first == "1" ? "1 entry" : "\(first) entries") of shared/ exchanged; "
        + "what was there is under \(second)"
    case "stuck": "current could not be pointed back"
    case "hook-failed":
      "hook \"\(first)\" \(ending(second)); it is not required, so the deploy goes on\(lastLine)"
    case "service-failed":
      "\(first): \(ending(second)); the deploy goes on\(lastLine)"
    case "aftermath-failed":
      "on_failure hook \"\(first)\" \(ending(second)) itself; that changes nothing"
    case "unwritten": "the ledger could not be written: it lacks that the host went \(first)"
    case "answered-down":
      "\(first) answered 503, as a site does that is down; nothing else of it could be seen"
    case "unremembered":
      "\"\(first)\" ran, but the ledger could not be written: it runs again with the next deploy"
    default: ([kind] + fields).joined(separator: " ")
    }
  }

  private var lastLine: String { lines.last.map { ": \($0)" } ?? "" }

  private func ending(_ status: String) -> String {
    switch status {
    case "late": "exceeded its time limit; its group was killed"
    case "elsewhere": "has no directory to run in"
    default: "exited \(status)"
    }
  }

  private func counted(_ number: String, _ noun: String) -> String {
    number == "1" ? "1 \(noun)" : "\(number) \(noun)s"
  }
}
