/// The names of distributions in the manifests of Python projects.
enum PythonManifests {
  /// `Django`, `django` and `DJANGO` are one, and so are `-`, `_` and `.` (PEP 503).
  static func normalized(_ name: some StringProtocol) -> String {
    name.lowercased().split { "-_.".contains($0) }.joined(separator: "-")
  }

  /// One requirement a line, with comments, versions and options to leave away.
  static func requirements(_ text: String) -> Set<String> {
    Set(text.split(whereSeparator: \.isNewline).compactMap { name(in: $0) })
  }

  /// `dependencies` of `[project]`, and the keys of `[tool.poetry.dependencies]`.
  static func pyproject(_ text: String) -> Set<String> {
    var names: Set<String> = []
    var section = ""
    var isInList = false
    for line in text.split(whereSeparator: \.isNewline) {
      let content = line.drop(while: \.isWhitespace)
      if isInList || (section == "[project]" && key(of: content) == "dependencies") {
        names.formUnion(quoted(in: content).compactMap { name(in: $0) })
        // A bracket inside quotes belongs to a requirement's extras.
        isInList = !outsideQuotes(content).contains("]")
      } else if content.hasPrefix("[") {
        section = content.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
      } else if section == "[tool.poetry.dependencies]", let key = key(of: content) {
        names.insert(normalized(key))
      }
    }
    return names
  }

  /// The name with which a requirement begins: `Django[argon2]>=5.0 ; python_version > "3"`.
  private static func name(in requirement: Substring) -> String? {
    let name = requirement.drop(while: \.isWhitespace)
      .prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    // An option of pip, such as `-r base.txt`, begins with a dash.
    guard let first = name.first, first.isLetter || first.isNumber else { return nil }
    return normalized(name)
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
