/// The words for what an agent noticed and dealt with by itself.
struct NoteText {
  let kind: String
  let fields: [String]

  var text: String {
    let first = fields.first ?? ""
    return switch kind {
    case "swept": "removed our stale \(first)"
    case "torn": "the ledger's last line was torn; it was put aside and rebuilt"
    case "recovered": "recorded \(first), which a dead session had made live"
    case "displaced":
      "the release has its own \(first): moved beside its manifest "
        + "(\(fields.dropFirst().first ?? "?") files)"
    case "trash": "\(first) old releases wait in .deploy/trash (files of another user)"
    case "unrecorded": "the ledger could not be written; the next deploy records this release"
    case "kept":
      "\(first) could not be moved away (another user's files?); it is tried again next time"
    case "env-version": "recorded as version \(first) of the environment"
    case "stuck": "current could not be pointed back"
    default: ([kind] + fields).joined(separator: " ")
    }
  }
}
