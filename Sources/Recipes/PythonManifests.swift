/// The names and constraints of distributions in the manifests of Python projects.
enum PythonManifests {
  /// `Django`, `django` and `DJANGO` are one, and so are `-`, `_` and `.` (PEP 503).
  static func normalized(_ name: some StringProtocol) -> String {
    name.lowercased().split { "-_.".contains($0) }.joined(separator: "-")
  }

  /// One requirement a line, with comments, versions and options to leave away.
  static func requirements(_ text: String) -> [String: String] {
    merged(text.split(whereSeparator: \.isNewline))
  }

  /// `dependencies` of `[project]`, and the keys of Poetry's and of a Pipfile's sections.
  static func sections(_ text: String) -> [String: String] {
    var found: [String: String] = [:]
    var section = ""
    var isInList = false
    for line in text.split(whereSeparator: \.isNewline) {
      let content = line.drop(while: \.isWhitespace)
      if isInList || (section == "[project]" && key(of: content) == "dependencies") {
        found.merge(merged(quoted(in: content))) { $1 }
        // A bracket inside quotes belongs to a requirement's extras.
        isInList = !outsideQuotes(content).contains("]")
      } else if content.hasPrefix("[") {
        section = content.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
      } else if keyed.contains(section), let key = key(of: content) {
        found[normalized(key)] = quoted(in: content).last.map(String.init) ?? ""
      }
    }
    return found
  }

  private static let keyed = ["[tool.poetry.dependencies]", "[packages]"]

  private static func merged(_ lines: [Substring]) -> [String: String] {
    lines.reduce(into: [:]) { found, line in
      guard let (name, constraint) = requirement(line) else { return }
      found[name] = constraint
    }
  }

  /// `Django[argon2]>=5.0 ; python_version > "3"` is django, `>=5.0`.
  private static func requirement(_ line: Substring) -> (name: String, constraint: String)? {
    let text = line.drop(while: \.isWhitespace)
    let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    // An option of pip, such as `-r base.txt`, begins with a dash.
    guard let first = name.first, first.isLetter || first.isNumber else { return nil }
    var rest = text.dropFirst(name.count).drop(while: \.isWhitespace)
    if rest.first == "[" { rest = rest.drop { $0 != "]" }.dropFirst() }
    rest = rest.drop(while: \.isWhitespace)
    guard let sign = rest.first, "<>=!~".contains(sign) else { return (normalized(name), "") }
    // A marker, a comment, or the hashes that pip-compile puts on the lines that follow.
    let words = rest.prefix { !";#\\".contains($0) }.split(separator: " ")
    return (normalized(name), words.prefix { !$0.hasPrefix("--") }.joined(separator: " "))
  }

  private static func key(of line: Substring) -> String? {
    guard let equals = line.firstIndex(of: "="), !line.hasPrefix("#") else { return nil }
    return line[..<equals].filter { !$0.isWhitespace && $0 != "\"" }
  }

  private static func quoted(in line: Substring) -> [Substring] {
    pieces(of: line).enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
  }

  private static func outsideQuotes(_ line: Substring) -> String {
    pieces(of: line).enumerated().filter { $0.offset % 2 == 0 }.map(\.element).joined()
  }

  /// What lies before, between and after quotes, in turn; a comment after the last one is cut off.
  private static func pieces(of line: Substring) -> [Substring] {
    var pieces = line.split(omittingEmptySubsequences: false) { $0 == "\"" || $0 == "'" }
    for index in pieces.indices where index % 2 == 0 {
      guard let hash = pieces[index].firstIndex(of: "#") else { continue }
      pieces[index] = pieces[index][..<hash]
      return Array(pieces[...index])
    }
    return pieces
  }
}
