/// What a CI system understands beyond plain lines.
enum CIDialect: Sendable, Equatable {
  case plain
  case github
  case gitlab

  init(environment: [String: String]) {
    if environment["GITHUB_ACTIONS"] == "true" {
      self = .github
    } else if environment["GITLAB_CI"] == "true" {
      self = .gitlab
    } else {
      self = .plain
    }
  }

  /// A line that makes the error show beside the commit; nil where there is no such thing.
  func annotation(of error: ErrorReport) -> String? {
    guard self == .github else { return nil }
    let words = [error.message, error.live.map { "live: \($0)" }, error.next.map { "next: \($0)" }]
      .compactMap(\.self).joined(separator: "\n")
    return "::error title=deploy error \(error.code)::\(Self.escaped(words))"
  }

  /// The lines around output that is folded away; `name` tells one fold from another.
  func fold(_ title: String, name: String, seconds: Int) -> (opening: String, closing: String)? {
    switch self {
    case .plain: nil
    case .github: ("::group::\(Self.escaped(title))", "::endgroup::")
    case .gitlab:
      (
        "\u{1B}[0Ksection_start:\(seconds):\(name)[collapsed=true]\r\u{1B}[0K\(title)",
        "\u{1B}[0Ksection_end:\(seconds):\(name)\r\u{1B}[0K"
      )
    }
  }

  /// GitHub's commands end at the line's end.
  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { out, letter in
      switch letter {
      case "%": out += "%25"
      case "\r": out += "%0D"
      case "\n", "\r\n": out += "%0A"
      default: out.append(letter)
      }
    }
  }
}
