import Arguments

/// One thing that `deploy check` looked at.
struct Finding: Sendable, Equatable {
  enum Level: String, Sendable {
    case ok
    case warn
    case fail
  }

  var level: Level
  /// What was looked at, in a word or two.
  var subject: String
  /// How it is.
  var words: String
  /// What to type to make it better.
  var fix: String?

  init(_ level: Level, _ subject: String, _ words: String, fix: String? = nil) {
    self.level = level
    self.subject = subject
    self.words = words
    self.fix = fix
  }

  var text: Text {
    let mark: Text =
      switch level {
      case .ok: "\(.green, "ok  ")"
      case .warn: "\(.yellow, "warn")"
      case .fail: "\(.red, "fail")"
      }
    let line: Text = "  \(mark)  \(subject.padded(to: 12)) \(words)"
    return fix.map { line + "\n                     \(.dim, "fix:") \($0)" } ?? line
  }

  func json(host: String) -> JSONLine {
    [
      "event": "finding", "host": .string(host), "level": .string(level.rawValue),
      "subject": .string(subject), "message": .string(words), "fix": JSONLine(fix),
    ]
  }
}
