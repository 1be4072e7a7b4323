import Glibc
import Planning
import Shipping
import TestSupport
import Testing

@Suite("A walk")
struct TreeWalkTests {
  @Test("lists every name byte for byte, sorted, with modes and sizes")
  func names() throws {
    let scratch = try TreeScratch()
    for name in TreeNames.nasty { try scratch.write([1, 2, 3], to: name) }
    let entries = try TreeWalk(root: scratch.path).entries()
    let expected = TreeNames.nasty.map { TreePath($0) }.sorted()
    #expect(entries.map(\.path) == expected)
    #expect(entries.allSatisfy { $0.kind == .file && $0.size == 3 && $0.mode == 0o644 })
  }

  @Test("keeps empty directories and drops setuid, setgid and sticky bits")
  func modes() throws {
    let scratch = try TreeScratch()
    try scratch.write("x", to: "program")
    try scratch.run(["chmod", "6755", "program"])
    try scratch.directory("empty")
    try scratch.run(["chmod", "1777", "empty"])
    try scratch.run(["ln", "program", "twin"])
    let entries = try TreeWalk(root: scratch.path).entries()
    #expect(entries.map(\.path.description) == ["empty", "program", "twin"])
    #expect(entries.map(\.mode) == [0o777, 0o755, 0o755])
    #expect(entries.map(\.kind) == [.directory, .file, .file])
  }

  @Test(
    "tells links that stay in the release from those that leave it",
    arguments: [
      ("l", "x", true), ("l", "./a/../x", true), ("a/l", "../x", true), ("a/l", "../a/x", true),
      ("a/b/l", "../../x", true), ("l", "gone", true), ("l", "..x", true),
      ("l", "..", false), ("l", "../x", false), ("a/l", "../../x", false), ("l", "/etc", false),
      ("l", "a/../../x", false), ("a/l", "b/../../../a/x", false),
    ])
  func links(path: String, target: String, stays: Bool) throws {
    let scratch = try TreeScratch()
    try scratch.directory("a/b")
    try scratch.run(["ln", "-s", target, path])
    if stays {
      let entries = try TreeWalk(root: scratch.path).entries()
      #expect(entries.contains { $0.kind == .link(target: Array(target.utf8)) })
    } else {
      let offence = Offence(path: TreePath(path), target: target)
      #expect(throws: ShippingError.refused([offence])) {
        try TreeWalk(root: scratch.path).entries()
      }
    }
  }

  @Test("names all that cannot be shipped in one error")
  func offences() throws {
    let scratch = try TreeScratch()
    try scratch.run(["mkfifo", "pipe"])
    for number in 10..<40 { try scratch.run(["ln", "-s", "/etc", "l\(number)"]) }
    let error = #expect(throws: ShippingError.self) {
      try TreeWalk(root: scratch.path).entries()
    }
    guard case .refused(let offences) = error else { return }
    #expect(offences.count == 31)
    let text = "\(ShippingError.refused(offences))"
    #expect(text.contains("'l10' links to '/etc'"))
    #expect(text.contains("and 11 more"))
    #expect(offences.last?.description == "'pipe' is a fifo")
  }

  @Test("is not stopped by an offence that is excluded")
  func excludedOffence() throws {
    let scratch = try TreeScratch()
    try scratch.run(["ln", "-s", "/etc", "l"])
    try scratch.write("x", to: "logs/deep/x")
    let rules = IgnoreRules(lines: ["/l", "logs/"])
    #expect(try TreeWalk(root: scratch.path, rules: rules).entries().isEmpty)
  }

  @Test("goes deeper than there are descriptors")
  func depth() throws {
    let scratch = try TreeScratch()
    let path = [String](repeating: "d", count: 1500).joined(separator: "/")
    try scratch.directory(path)
    #expect(try TreeWalk(root: scratch.path).entries().count == 1500)
  }
}

extension Offence {
  init(path: TreePath, target: String) {
    self.init(path: path, reason: .leavesTheRelease(target: Array(target.utf8)))
  }
}
