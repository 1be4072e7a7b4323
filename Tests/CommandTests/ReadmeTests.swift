import Arguments
import Configuration
import Foundation
import Testing

@testable import deploy

/// The README's tables come from the declarations. With `DEPLOY_TEST_REWRITE=1` they are written anew.
@Suite("The README")
struct ReadmeTests {
  static let path =
    #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/README.md"

  static let tables: [(name: String, text: String)] = [
    ("commands", Help.markdown(Commands.table)),
    ("keys", Schema.markdownTable()),
  ]

  @Test("has the table that the declarations make", arguments: tables.map(\.name))
  func table(name: String) throws {
    let table = try #require(Self.tables.first { $0.name == name }).text
    let readme = try String(contentsOfFile: Self.path, encoding: .utf8)
    let begin = try #require(readme.range(of: "<!-- \(name) -->\n"))
    let end = try #require(readme.range(of: "<!-- /\(name) -->"))
    let wanted = table.hasSuffix("\n") ? table : table + "\n"
    if ProcessInfo.processInfo.environment["DEPLOY_TEST_REWRITE"] != nil {
      let text = readme[..<begin.upperBound] + wanted + readme[end.lowerBound...]
      try String(text).write(toFile: Self.path, atomically: true, encoding: .utf8)
    } else {
      #expect(String(readme[begin.upperBound..<end.lowerBound]) == wanted)
    }
  }

  @Test("commands do not contradict each other")
  func mistakes() { #expect(Commands.table.mistakes == []) }

  /// Every event that the code can write, with the fields that stand beside its name there.
  private static func eventsInCode() throws -> [String: Set<String>] {
    let folder = path.dropLast("README.md".count) + "Sources/deploy"
    var events: [String: Set<String>] = [:]
    for case let file as String in try #require(
      FileManager.default.enumerator(atPath: String(folder))) where file.hasSuffix(".swift")
    {
      let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
      for line in text.split(separator: "\n") where !line.contains("///") {
        for match in line.matches(of: /json\("([a-z-]+)"\)|key: "event", value: "([a-z]+)"/) {
          events[String(match.1 ?? match.2 ?? ""), default: []] = []
        }
      }
      for match in text.matches(of: /"event": "([a-z_-]+)"/) {
        let line = text[..<match.range.lowerBound].split(separator: "\n").last ?? ""
        guard !line.contains("///") else { continue }
        events[String(match.1), default: []].formUnion(fields(text[match.range.upperBound...]))
      }
    }
    return events
  }

  /// Keys of a literal up to its end, but not those of what is inside them.
  private static func fields(_ text: Substring) -> Set<String> {
    var depth = 0
    var names: Set<String> = []
    var rest = text
    while let character = rest.first, depth >= 0 {
      if "[({".contains(character) { depth += 1 }
      if "])}".contains(character) { depth -= 1 }
      if depth == 0, let match = rest.prefixMatch(of: /"([a-z_]+)":/) {
        names.insert(String(match.1))
      }
      rest = rest.dropFirst()
    }
    return names
  }

  @Test("lists every event of --json with its fields, and no other")
  func events() throws {
    let readme = try String(contentsOfFile: Self.path, encoding: .utf8)
    let begin = try #require(readme.range(of: "<!-- events -->\n"))
    let end = try #require(readme.range(of: "<!-- /events -->"))
    var told: [String: Set<String>] = [:]
    for row in readme[begin.upperBound..<end.lowerBound].split(separator: "\n").dropFirst(2) {
      let cells = row.split(separator: "|").map {
        $0.matches(of: /`([a-z_-]+)`/).map { String($0.1) }
      }
      for event in cells[0] { told[event] = Set(cells[1]) }
    }
    let code = try Self.eventsInCode()
    #expect(Set(code.keys) == Set(told.keys))
    for (event, fields) in code {
      #expect(
        fields.isSubset(of: told[event] ?? []),
        "\(event) lacks \(fields.subtracting(told[event] ?? []))")
    }
    #expect(code["status"]?.contains("down") == true && code["began"]?.contains("summary") == true)
  }
}
