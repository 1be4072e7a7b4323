import Glibc

/// The page that GitHub shows for a job: a table of how each host ended.
struct StepSummary {
  let file: String

  /// Nil when nobody asks for one.
  init?(_ environment: [String: String]) {
    guard let file = environment["GITHUB_STEP_SUMMARY"], !file.isEmpty else { return nil }
    self.file = file
  }

  func add(_ title: String, rows: [(host: String, ended: String, live: String)]) {
    let lines =
      ["### \(title)", "", "| host | ended | live |", "|---|---|---|"]
      + rows.map { row in
        "| " + [row.host, row.ended, row.live].map(Self.cell).joined(separator: " | ") + " |"
      } + ["", ""]
    let descriptor = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let bytes = Array(lines.joined(separator: "\n").utf8)
    _ = write(descriptor, bytes, bytes.count)
  }

  private static func cell(_ text: String) -> String {
    text.reduce(into: "") { out, letter in
      switch letter {
      case "|": out += "\\|"
      case "\n", "\r\n": out += " "
      case "<": out += "&lt;"
      default: out.append(letter)
      }
    }
  }
}
