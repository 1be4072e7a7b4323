import Foundation
import Planning
import Testing

@testable import Configuration

@Suite("The table of keys")
struct SchemaTests {
  @Test("every key of the table has an example that is accepted", arguments: rows())
  func examples(row: Row) throws {
    try Check.object(try row.example(), in: row.place)
  }

  @Test("every key of deploy.json changes the settings", arguments: rows().filter(\.isRead))
  func read(row: Row) throws {
    #expect(try row.settings(with: row.example()) != row.settings(with: .object([])))
  }

  @Test("the README's table has a row for every key")
  func markdown() {
    let lines = Schema.markdownTable().split(separator: "\n")
    #expect(lines.count == Schema.paths.count + 2)
    for (line, row) in zip(lines.dropFirst(2), Schema.paths) {
      #expect(line.hasPrefix("| `\(row.path)` | "))
      // Six bars of the table itself; those of a cell are escaped.
      #expect(line.replacingOccurrences(of: "\\|", with: "").count { $0 == "|" } == 6)
    }
    #expect(lines.contains { $0.hasPrefix("| `keep` | 2 to 1000 | `5` | top, stage, recipe |") })
    #expect(lines.contains { $0.hasPrefix("| `hooks.before_flip[].timeout` | 1 to 86400 |") })
  }

  @Test("the schema for editors is JSON and names every key", arguments: [Place.top, .recipe])
  func jsonSchema(place: Place) throws {
    let text = Schema.jsonSchema(for: place)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let properties = try #require(object["properties"] as? [String: Any])
    #expect(Set(properties.keys) == Set(Schema.keys(in: place).map(\.name)))
    #expect(object["additionalProperties"] as? Bool == false)
    if place == .top {
      let definitions = try #require(object["$defs"] as? [String: [String: Any]])
      let host = try #require(definitions["host"]?["properties"] as? [String: Any])
      #expect(Set(host.keys) == Set(Schema.keys(in: .host).map(\.name)))
    }
    let keep = try #require(properties["keep"] as? [String: Any])
    #expect(keep["default"] as? Int == 5)
    #expect(keep["maximum"] as? Int == 1000)
  }

  @Test(
    "a grammar and the expression that editors use agree",
    arguments: [
      Grammar.name, .host, .hostKey, .remotePath, .treePath, .localPath, .gitRef, .line, .command,
      .condition, .envKey, .assignments, .url, .urlPath, .statuses, .header, .value, .word,
    ])
  func grammars(grammar: Grammar) throws {
    for text in Self.samples {
      let isMatch = text.range(of: grammar.expression, options: .regularExpression) != nil
      #expect(grammar.matches(text) == isMatch, "\(grammar.title): \(text.debugDescription)")
    }
  }

  @Test(
    "names, addresses and paths that could do harm are refused",
    arguments: [
      (Grammar.name, ["", "-oProxyCommand", "..", ".git", "a b", "a/b", "ä", "a;b"]),
      (
        .host,
        ["-x@h", "u@-h", "h:0", "h:65536", "h:+22", "h:022", "h:", "@h", "u@", "a@b@c", "h x"]
      ),
      (
        .treePath,
        ["", "/a", "a/", "a//b", ".", "..", "a/../b", "-rf", ".deploy", ".deploy/x", "a\nb"]
      ),
      (.remotePath, ["", "/", "a", "//", "/a//b", "/a/../b", "/a/.", "/a\u{0}", "~/a"]),
      (
        .hostKey,
        ["SHA256:", "SHA256:abc", "MD5:aa", "SHA256:" + String(repeating: "a", count: 44)]
      ),
      (.gitRef, ["", "--upload-pack=x", "a b", "a\nb"]), (.command, ["", "  ", "a\u{0}b", "\n"]),
    ])
  func refused(grammar: Grammar, texts: [String]) {
    for text in texts { #expect(!grammar.matches(text), "\(text.debugDescription)") }
  }

  private static let samples =
    [
      "", " ", "a", "-", "_", ".", "..", "a.b-c_d", ".a", "-a", String(repeating: "a", count: 64),
      String(repeating: "a", count: 65), "a b", "ä", "/", "/a", "/a/", "/a/b", "//", "/a//b", "/..",
      "/a/.", "/a/..b", "/a/...", "a/", "a/b", "a/../b", "a/.", "..a", ".deploy", ".deploy/x",
      ".deployed", "a/.deploy", "-a/b", "storage/logs/*.log", "u@h", "u@h:22", "h:22", "h:0",
      "h:65535", "h:65536", "h:022", "@h", "u@", "a@b@c", "h:", "HEAD~1", "v1^{}", "a\nb", "a\tb",
      "\n", "\u{1}", "\u{7F}", "file:x", "file:", "composer.lock:a/b", "composerXlock:a", "nope:x",
    ] + [
      "http://127.0.0.1/up", "https://a.b:8443", "http://[::1]:80/x?y=1", "http://", "http://a b/",
      "http://u@h/", "ftp://a/", "http://a:0/", "http://a:70000/", "http://-a/", "http://a/\n/",
      "/up",
      "/up?x=ä", "200", "2xx", "2x", "600", "999", "20x", "X-Release: {release}", "X-Release:",
      ": x",
      "X Y: z", "X:\ny",
      "SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg", "SHA256:short", "A=1", "A=1 B=",
      "A=1  B=2", "A=1 ", "A= =1", "1A=x", "A=x=y", "_A=ä", "A_1",
      "SHA256:" + String(repeating: "a", count: 44),
    ]
}

/// A key at one of the places where it may be written.
struct Row: Sendable, CustomTestStringConvertible {
  let path: String
  let place: Place
  let text: String

  var testDescription: String { "\(path) \(place.phrase)" }

  /// `$schema` is for editors; the other two choose settings, and have tests of their own.
  var isRead: Bool {
    place != .recipe && !["$schema", "stages", "default_stage"].contains(path)
  }

  /// An object that holds the example of this key alone, as deep as the path says.
  func example() throws -> Node {
    var node = try Reader.read(Array(text.utf8), file: "example")
    for part in path.split(separator: ".").reversed() {
      var name = String(part)
      if name.hasSuffix("[]") {
        name.removeLast(2)
        node = .list([Self.completed(node, inside: name)])
      }
      node = .object([(name, Self.completed(node, inside: name))])
    }
    return node
  }

  /// The keys without which an object would be refused.
  private static func completed(_ node: Node, inside name: String) -> Node {
    guard case .object(let members) = node.value else { return node }
    let written = members.map { ($0.name, $0.node) }
    switch name {
    case "before_flip", "down":
      let isWhole = node["run"] != nil || node["script"] != nil
      return isWhole ? node : .object(written + [("run", .text("true"))])
    case "notify":
      let isWhole = node["url"] != nil || node["url_env"] != nil
      return isWhole ? node : .object(written + [("url_env", .text("HOOK"))])
    case "services":
      let isWhole = Service.Kind.allCases.contains { node[$0.rawValue] != nil }
      return isWhole ? node : .object(written + [("systemd", .text("x"))])
    case "source" where node["repository"] != nil && node["git"] == nil:
      return .object(written + [("git", .text("HEAD"))])
    case "health":
      let missing = [("url", Node.text("http://a/")), ("command", .text("true"))]
      return .object(
        written + missing.filter { node[$0.0] == nil }.prefix(node["url"] == nil ? 1 : 0))
    case "boot" where node["run"] == nil: return .object(written + [("run", .text("true"))])
    case "detect" where node["priority"] == nil:
      return .object(written + [("priority", .number(1))])
    case "links" where node["path"] == nil:
      return .object(written + [("path", .text("a"))])
    case "variants" where node["when"] == nil:
      return .object(written + [("when", .list([.text("file:a")]))])
    case "dangers":
      let missing = [("files", Node.list([.text("a")])), ("say", .text("b"))]
      return .object(written + missing.filter { node[$0.0] == nil })
    default: return node
    }
  }

  /// The settings of a small file into which a node is put at this row's place.
  func settings(with node: Node) throws -> Settings {
    let isTop = place == .top
    let host = Node.object([
      ("host", .text("web9")), ("roles", .list([.text("worker"), .text("web")])),
    ])
    let stage = Layers.merge([
      .object([("path", .text("/x"))]), place == .stage ? node : nil,
    ])
    let whole = Layers.merge([
      .object([
        ("hosts", .list([place == .host ? Layers.merge([host, node]) : host])),
        ("stages", .object([("production", isTop ? .object([]) : stage)])),
        ("path", .text("/x")), ("public", .object([("root", .text("site"))])),
      ]), isTop ? node : nil,
    ])
    return try Configuration(
      Array(whole.jsonText().utf8), file: "/projects/other/deploy.json", environment: [:]
    ).settings(
      stage: "production",
      recipeLookup: { (request) throws(ConfigurationError) in
        guard case .named(let name, _, _) = request else { return nil }
        return RecipeLayer(name: name, node: .object([]))
      })
  }
}

func rows() -> [Row] {
  Schema.paths.flatMap { row in
    row.places.map { Row(path: row.path, place: $0, text: row.key.example) }
  }
}
