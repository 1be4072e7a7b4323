/// Words for the console, some of them styled.
///
///     "\(.red, "error")[13] \(hook) exited \(status)"
///
/// What is interpolated may come from anywhere: everything is escaped when it is shown, and styles
/// are the only control sequences that ever reach a terminal.
struct Text: Sendable, Equatable, ExpressibleByStringInterpolation {
  var parts: [Part] = []

  struct Part: Sendable, Equatable {
    var style: Style?
    var words: String
  }

  enum Style: Int, Sendable {
    case bold = 1
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33
  }

  init(_ words: String, _ style: Style? = nil) { parts = [Part(style: style, words: words)] }

  init(stringLiteral words: String) { self.init(words) }

  init(stringInterpolation: Interpolation) { parts = stringInterpolation.parts }

  struct Interpolation: StringInterpolationProtocol {
    var parts: [Part] = []

    init(literalCapacity: Int, interpolationCount: Int) {}

    mutating func appendLiteral(_ words: String) {
      parts.append(Part(style: nil, words: words))
    }

    mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      parts.append(Part(style: nil, words: value.description))
    }

    mutating func appendInterpolation(_ style: Style, _ value: some CustomStringConvertible) {
      parts.append(Part(style: style, words: value.description))
    }

    mutating func appendInterpolation(_ text: Text) { parts += text.parts }
  }

  static func + (left: Text, right: Text) -> Text {
    var text = left
    text.parts += right.parts
    return text
  }

  /// Without styles.
  var plain: String { parts.map(\.words).joined() }

  /// Lines as they may be written, without their ends.
  func lines(styled: Bool) -> [String] {
    var lines = [""]
    for part in parts {
      let pieces = Array(part.words.utf8).split(
        separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      for (index, piece) in pieces.enumerated() {
        if index > 0 { lines.append("") }
        let safe = Escaped(piece).text
        if styled, let style = part.style, !safe.isEmpty {
          lines[lines.count - 1] += "\u{1b}[\(style.rawValue)m\(safe)\u{1b}[0m"
        } else {
          lines[lines.count - 1] += safe
        }
      }
    }
    return lines.map(\.defusedForCI)
  }
}
