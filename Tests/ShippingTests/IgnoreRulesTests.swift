import Planning
import Processes
import Shipping
import TestSupport
import Testing

@Suite("Ignore rules")
struct IgnoreRulesTests {
  /// Those that end in a slash are directories.
  static let paths = [
    "a", "b.log", "dir/", "dir/a", "dir/b.log", "dir/sub/", "dir/sub/a", "dir/sub/keep.txt",
    "other/", "other/dir/", "other/dir/a", "x/", "x/y/", "x/y/z/", "x/y/z/file.txt", "#hash",
    "!bang", "sp ", "sp", "st*r", "star", "[b]", "b", "1file", "Ufile", "-dash", "a\\b", "café",
    "node_modules/", "node_modules/p/", "node_modules/p/index.js", "lib/", "lib/node_modules/",
    "lib/node_modules/q", "foo/", "foo/bar", "foobar", ".env", ".env.example", "aXb",
  ]

  static let rules = [
    "a", "/a", "dir", "dir/", "/dir/", "a/", "*.log", "/*.log", "dir/*", "dir/**", "dir/**/a",
    "**/a", "**/dir/a", "x/**/file.txt", "x/*/file.txt", "x/**", "**", "*", "?", "/?", "other/dir",
    "dir/sub", "/dir/sub/", "sub/", "**/sub/", "#hash", "\\#hash", "!bang", "\\!bang", "sp ",
    "sp\\ ", "sp   ", "st\\*r", "st*r", "[b]", "\\[b]", "[!b]", "[^b]", "[a-c]", "[0-9]*",
    "[[:digit:]]*", "[[:upper:]]*", "[[:alpha:][:digit:]]file", "[-x]dash", "[]-]dash", "[a",
    "a\\\\b", "a\\", "caf?", "caf??", "café", "*é", "node_modules", "/node_modules/",
    "*\n!*.txt", "dir/*\n!dir/sub/\ndir/sub/*\n!dir/sub/keep.txt", "dir/\n!dir/sub/keep.txt",
    "/*\n!/foo\n/foo/*\n!/foo/bar", "foo*", "foo*/", "foo/b*r", "f**r", "foo**bar", "**foo",
    ".env*\n!.env.example", "/", "//", "!", "dir//", "/dir/*/a", "a[W-Z]b", "a[\\X]b", "a[!/]b",
    "x/y/**/z", "**/y/**", "x**/z", "/**/file.txt", "dir/*/", "*/", "*/*", "*/*/*", "\\a", "a\r",
    "# comment\n\n  \na", "  a", "[[:nonsense:]]", "[b-a]", "*a*a*a*a*a*a*b",
  ]

  @Test("decide as git does", arguments: rules)
  func agreement(rules text: String) throws {
    let scratch = try TreeScratch()
    let repository = try scratch.repository("r")
    try scratch.write(text + "\n", to: "r/.gitignore")
    for path in Self.paths {
      if path.hasSuffix("/") {
        try scratch.directory("r/\(path)")
      } else {
        try scratch.write("", to: "r/\(path)")
      }
    }
    let names = Self.paths.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    let printed = try Command(
      ["git", "-C", repository, "check-ignore", "--no-index", "--stdin", "-z"],
      input: Array(names.joined(separator: "\0").utf8)
    ).run().text
    let ignored = Set(printed.split(separator: "\0").map(String.init))
    var rules = IgnoreRules()
    rules.append(file: Array(text.utf8))
    for (path, name) in zip(Self.paths, names) {
      let isExcluded = rules.excludes(TreePath(name), isDirectory: path.hasSuffix("/"))
      #expect(isExcluded == ignored.contains(name), "'\(path)' under \(text.debugDescription)")
    }
  }

  @Test("of the configuration overrule those of the file")
  func order() {
    var rules = IgnoreRules()
    rules.append(file: Array("\u{feff}*.log\r\n".utf8))
    rules.append(IgnoreRules(lines: ["!keep.log"]))
    #expect(rules.excludes(TreePath("x.log"), isDirectory: false))
    #expect(!rules.excludes(TreePath("keep.log"), isDirectory: false))
  }

  @Test("match bytes that are not UTF-8")
  func bytes() {
    let rules = IgnoreRules(lines: ["a?b"])
    #expect(rules.excludes(TreePath([0x61, 0xff, 0x62]), isDirectory: false))
    #expect(!rules.excludes(TreePath([0x61, 0xff, 0xff, 0x62]), isDirectory: false))
  }

  @Test("with many stars take no time", .timeLimit(.minutes(1)))
  func manyStars() {
    let rules = IgnoreRules(lines: [String(repeating: "*a", count: 40) + "b"])
    let name = TreePath([UInt8](repeating: 0x61, count: 250))
    #expect(!rules.excludes(name, isDirectory: false))
  }
}
