import Operations
import Planning
import Processes
import Testing

@Suite("Patterns of recipes")
struct PathPatternTests {
  static let matching = [
    ("uploads/**", ["uploads", "uploads/a", "uploads/a/b c", "uploads/.hidden"]),
    ("*.map", ["a.map", ".map"]), ("css/*.css", ["css/a.css", "css/ä b.css"]),
    ("**/cache/**", ["cache", "a/cache/x", "a/b/cache"]), ("**", ["a", "a/b"]),
    ("a?c", ["abc", "a c", "a+c"]), ("[x].(y)+", ["[x].(y)+"]), ("a/**/z", ["a/z", "a/b/c/z"]),
  ]
  static let other = [
    ("uploads/**", ["uploads2", "my/uploads", "upload"]), ("*.map", ["a/b.map", "a.mapx"]),
    ("css/*.css", ["css/a/b.css", "css/a.css.gz"]), ("a?c", ["a/c", "ac", "abbc"]),
    ("a.c", ["abc"]), ("[x].(y)+", ["x", "[x]x(y)"]), ("**/cache/**", ["caches/x"]),
  ]

  @Test("match what they say", arguments: matching)
  func match(pattern: String, paths: [String]) throws {
    for path in paths {
      #expect(PathPattern(pattern).matches(path), "\(path)")
      #expect(try matchesOnHost(pattern, path), "\(path) by awk")
    }
  }

  @Test("match nothing else", arguments: other)
  func reject(pattern: String, paths: [String]) throws {
    for path in paths {
      #expect(!PathPattern(pattern).matches(path), "\(path)")
      #expect(try !matchesOnHost(pattern, path), "\(path) by awk")
    }
  }

  /// Under every awk that a host may have.
  private func matchesOnHost(_ pattern: String, _ path: String) throws -> Bool {
    let verdicts = try [["awk"], ["busybox", "awk"]].map { awk in
      var command = Command(
        ["env", "e=\(PathPattern(pattern).expression)"] + awk
          + [#"BEGIN { print (ARGV[1] ~ ENVIRON["e"]) ? "yes" : "no" }"#])
      command.words.append(Escape.encode(path.utf8))
      return try command.run().text
    }
    #expect(Set(verdicts).count == 1)
    return verdicts[0] == "yes\n"
  }
}
