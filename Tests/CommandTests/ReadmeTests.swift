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
}
