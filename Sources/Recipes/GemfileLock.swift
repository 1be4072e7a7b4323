/// Bundler's lock file.
enum GemfileLock {
  /// Names and versions. A gem stands four blanks deep; what it depends on stands six deep, and is
  /// listed again by itself.
  static func gems(_ text: String) -> [String: String] {
    var gems: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let content = line.drop { $0 == " " }
      guard line.utf8.count - content.utf8.count == 4, content.hasSuffix(")"),
        let open = content.firstIndex(of: "(")
      else { continue }
      let name = content[..<open].split(separator: " ")
      guard name.count == 1 else { continue }
      gems[String(name[0])] = String(content[content.index(after: open)...].dropLast())
    }
    return gems
  }
}
