/// The line at the bottom of a terminal that tells how far something is.
struct LiveLine {
  private let rewrites: Bool
  private var due: ContinuousClock.Instant
  private var isShown = false

  init(rewrites: Bool, started: ContinuousClock.Instant) {
    self.rewrites = rewrites
    due = rewrites ? started : started + Self.pause(false)
  }

  /// Ten times a second is as fast as eyes follow; a log wants one line in ten seconds.
  private static func pause(_ rewrites: Bool) -> Duration {
    rewrites ? .milliseconds(100) : .seconds(10)
  }

  /// Whether it is time for another; if so, starts the next pause. What is new is shown at once on a
  /// terminal: the line before would stand there, and be wrong, for as long as the new thing takes.
  mutating func isDue(_ now: ContinuousClock.Instant, isNew: Bool = false) -> Bool {
    guard now >= due || (isNew && rewrites) else { return false }
    due = now + Self.pause(rewrites)
    return true
  }

  mutating func draw(_ text: Text, width: Int, styled: Bool) -> String {
    guard rewrites else { return text.lines(styled: styled).joined(separator: "\n") + "\n" }
    isShown = true
    // A full last column would move some terminals to the next line.
    let line = text.firstLine(cutTo: width - 1).lines(styled: styled).joined()
    return Self.clearing + line
  }

  /// Makes room for other output; the line comes back with the next drawing.
  mutating func interrupt() -> String {
    guard isShown else { return "" }
    isShown = false
    return Self.clearing
  }

  mutating func clear(_ now: ContinuousClock.Instant) -> String {
    if rewrites { due = now }
    return interrupt()
  }

  /// To the first column, then erase to the end of the line.
  private static let clearing = "\r\u{1b}[K"
}

extension Text {
  /// Escaping comes first: it makes text longer.
  fileprivate func firstLine(cutTo width: Int) -> Text {
    var cut: [Part] = []
    var left = width
    for part in parts {
      let words = part.words.split(separator: "\n", omittingEmptySubsequences: false).first ?? ""
      let safe = Escaped(String(words)).text
      guard safe.count <= left else {
        cut.append(Part(style: part.style, words: safe.prefix(max(0, left - 1)) + "…"))
        break
      }
      cut.append(Part(style: part.style, words: safe))
      left -= safe.count
      if words.utf8.count < part.words.utf8.count { break }
    }
    return Text(parts: cut)
  }

  private init(parts: [Part]) { self.parts = parts }
}
