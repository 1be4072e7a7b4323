import Arguments

/// The four things that every failure tells: why, what is live now, what was kept, what to do.
///
///     error[13] hook "php artisan migrate --force" exited 1 on web2
///       live:  20261120-173310 (seq 41), unchanged      kept: staging/42, hook log
///       next:  fix the migration, then run `deploy push` again
struct ErrorReport: Sendable, Equatable {
  /// The exit status.
  var code: Int32
  /// Why: the phase, the operation, the host, the command.
  var message: String
  var live: String?
  var kept: String?
  var next: String?

  func text(width: Int) -> Text {
    var text = Self.hanging("error[\(code)]", style: .red, message, indent: 2, width: width)
    let together = "  live:  \(live ?? "")      kept: \(kept ?? "")"
    if let live, let kept, together.count <= width {
      text = text + "\n  \(.dim, "live:")  \(live)      \(.dim, "kept:") \(kept)"
    } else {
      text = text + Self.row("live:", live, width) + Self.row("kept:", kept, width)
    }
    return text + Self.row("next:", next, width)
  }

  /// The same fields, and all of them always.
  var json: JSONLine {
    [
      "event": "error", "code": .integer(Int(code)), "message": .string(message),
      "live": JSONLine(live), "kept": JSONLine(kept), "next": JSONLine(next),
    ]
  }

  private static func row(_ label: String, _ words: String?, _ width: Int) -> Text {
    guard let words else { return "" }
    return "\n  " + hanging("\(label) ", style: .dim, words, indent: 9, width: width - 2)
  }

  /// A styled label, then words wrapped beside it.
  private static func hanging(
    _ label: String, style: Text.Style, _ words: String, indent: Int, width: Int
  ) -> Text {
    let paragraphs = words.split(separator: "\n").map { Escaped(String($0)).text }
    // The label takes its part of the first line, so it is wrapped along as one word.
    let stand = String(repeating: "x", count: label.count)
    let first = "\(stand) \(paragraphs.first ?? "")".wrapped(to: width, hanging: indent)
    let others = paragraphs.dropFirst().flatMap { $0.wrapped(to: width - indent) }
      .map { String(repeating: " ", count: indent) + $0 }
    let body = (first + others).joined(separator: "\n").dropFirst(stand.count)
    return "\(style, label)\(String(body))"
  }
}
