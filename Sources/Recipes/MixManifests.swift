/// What an Elixir project depends on.
///
/// Both files are programs and data of Elixir. No more is read of them than the form in which Mix
/// itself writes them.
enum MixManifests {
  /// Names and constraints in `deps` of mix.exs: `{:phoenix, "~> 1.7"}`.
  static func dependencies(_ text: String) -> [String: String] {
    var names: [String: String] = [:]
    var isInside = false
    for line in text.split(whereSeparator: \.isNewline) {
      let content = withoutComment(line.drop(while: \.isWhitespace))
      if content.hasPrefix("defp deps") || content.hasPrefix("def deps") { isInside = true }
      if content == "end" { isInside = false }
      guard isInside else { continue }
      for tuple in content.split(separator: "{", omittingEmptySubsequences: false).dropFirst() {
        guard let (name, rest) = atom(at: tuple) else { continue }
        names[name] = constraint(at: rest)
      }
    }
    return names
  }

  /// Names and versions in mix.lock: `"phoenix": {:hex, :phoenix, "1.7.14", …`.
  static func locked(_ text: String) -> [String: String] {
    var versions: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      guard parts.count > 4, parts[2].hasPrefix(": {:hex, :") else { continue }
      versions[String(parts[1])] = String(parts[3])
    }
    return versions
  }

  private static func withoutComment(_ line: Substring) -> Substring {
    // A `#` inside a string does not occur in the names and versions that are looked for.
    let code = line.prefix { $0 != "#" }
    return code.drop(while: \.isWhitespace).trimmingEnd
  }

  /// `:phoenix, …`: the name, and what follows the comma.
  private static func atom(at tuple: Substring) -> (name: String, rest: Substring)? {
    let text = tuple.drop(while: \.isWhitespace)
    guard text.first == ":" else { return nil }
    let name = text.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    let rest = text.dropFirst(1 + name.count).drop(while: \.isWhitespace)
    guard !name.isEmpty, rest.first == "," else { return nil }
    return (String(name), rest.dropFirst().drop(while: \.isWhitespace))
  }

  private static func constraint(at rest: Substring) -> String {
    rest.first == "\"" ? String(rest.dropFirst().prefix { $0 != "\"" }) : ""
  }
}

extension Substring {
  fileprivate var trimmingEnd: Substring {
    var text = self
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
