import Testing

@testable import Configuration

@Suite("Reading JSON with comments")
struct ReaderTests {
  @Test("comments and trailing commas are read over")
  func comments() throws {
    let node = try read(
      """
      // a comment
      { "a": /* inner, with // and " */ [1, -2.5e3, true, null,], // end
        "b": { "c": "d", },
      }
      """)
    #expect(node.members.map(\.name) == ["a", "b"])
    #expect(
      node["a"]?.elements.map(\.value) == [.number("1"), .number("-2.5e3"), .bool(true), .null])
    #expect(node["b"]?["c"]?.string == "d")
  }

  @Test("each value knows where it was written, in characters")
  func locations() throws {
    let node = try read("{\n  \"ä😀\": [\"é\", 7]\n}")
    #expect(node.members.first?.location == Location(file: "x.json", line: 2, column: 3))
    #expect(node["ä😀"]?.elements.last?.location == Location(file: "x.json", line: 2, column: 15))
  }

  @Test(
    "escapes become their characters",
    arguments: [
      (#""\" \\ \/""#, "\" \\ /"), (#""\b\f\n\r\t""#, "\u{8}\u{C}\n\r\t"),
      (#""\u00e9\u4F60""#, "é你"), (#""\ud83d\ude00""#, "😀"),
    ])
  func escapes(text: String, expected: String) throws {
    #expect(try read(text).string == expected)
  }

  @Test(
    "a mistake is named with its place, what was found and what was expected",
    arguments: [
      ("", "x.json:1:1: found the end of the file, expected a value"),
      ("{", "x.json:1:2: found the end of the file, expected a key in double quotes or '}'"),
      ("{ a: 1 }", "x.json:1:3: found 'a', expected a key in double quotes or '}'"),
      ("{ 'a': 1 }", "x.json:1:3: found ''', expected a key in double quotes or '}'"),
      ("{ \"a\" 1 }", "x.json:1:7: found '1', expected ':'"),
      ("{ \"a\": }", "x.json:1:8: found '}', expected a value"),
      ("{\n \"a\": 1\n \"b\": 2 }", "x.json:3:2: found '\"', expected ',' or '}'"),
      ("[1 2]", "x.json:1:4: found '2', expected ',' or ']'"),
      ("[,]", "x.json:1:2: found ',', expected a value"),
      ("[1,,]", "x.json:1:4: found ',', expected a value"),
      ("[yes]", "x.json:1:2: found 'yes', expected a value"),
      ("[NaN]", "x.json:1:2: found 'NaN', expected a value"),
      ("[01]", "x.json:1:2: found '01', expected a number"),
      ("[1.]", "x.json:1:2: found '1.', expected a number"),
      ("[-]", "x.json:1:2: found '-', expected a number"),
      ("[1e]", "x.json:1:2: found '1e', expected a number"),
      ("[+1]", "x.json:1:2: found '+', expected a value"),
      ("[ü]", "x.json:1:2: found 'ü', expected a value"),
      ("[1] 2", "x.json:1:5: found '2', expected the end of the file"),
      ("\"a", "x.json:1:3: found the end of the file, expected a closing quote"),
      ("\"a\nb\"", "x.json:1:3: found the end of the line, expected a closing quote"),
      ("\"a\tb\"", "x.json:1:3: found a tab, expected a closing quote"),
      (#""\x""#, "x.json:1:3: found 'x', expected one of \" \\ / b f n r t u after '\\'"),
      (#""\u12""#, "x.json:1:6: found '\"', expected four hexadecimal digits"),
      (#""\ud83d""#, "x.json:1:2: found half a surrogate pair, expected both halves"),
      (#""\ud83d\u0041""#, "x.json:1:2: found half a surrogate pair, expected both halves"),
      (#""\ude00""#, "x.json:1:2: found half a surrogate pair, expected both halves"),
      (#""\u0000""#, "x.json:1:2: found \\u0000, expected any other character"),
      ("[1] /* x", "x.json:1:5: found a comment without end, expected '*/'"),
      ("[1 / 2]", "x.json:1:4: found '/', expected ',' or ']'"),
      (
        #"{"\u001b[2J": 1}"#,
        "x.json:1:2: found another kind of key, expected a key of at most 256 printable bytes"
      ),
      ("// \u{1B}[2J\n[1]", "x.json:1:4: found control character 27, expected text"),
      ("{\"a\":1,\n\"a\":2}", "x.json:2:1: key 'a': is written twice, first at x.json:1:2"),
    ])
  func mistakes(text: String, message: String) {
    #expect(complaint { try read(text) } == message)
  }

  @Test(
    "bytes that are not UTF-8 are refused where they are",
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xC0, 0x80, 0x22],
    ])
  func invalidUTF8(bytes: [UInt8]) {
    #expect(
      complaint { try Reader.read(bytes, file: "x.json") }
        == "x.json:1:2: found bytes that are not UTF-8, expected text")
  }

  @Test("size, depth and number of values have limits")
  func limits() throws {
    let deep = { (depth: Int) in
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try read(deep(32))
    #expect(
      complaint { try read(deep(33)) }
        == "x.json:1:33: found one more level, expected at most 32 inside each other")
    #expect(complaint { try read(deep(100_000)) }?.contains("one more level") == true)

    let wide = { (count: Int) in "[" + String(repeating: "1,", count: count - 1) + "]" }
    _ = try read(wide(10_000))
    #expect(complaint { try read(wide(10_001)) }?.contains("at most 10000 in a file") == true)

    let large = { (size: Int) in "[]" + String(repeating: " ", count: size - 2) }
    _ = try read(large(256 << 10))
    #expect(complaint { try read(large((256 << 10) + 1)) } == "x.json: is larger than 256 KB")
  }

  @Test("manifests of other tools may repeat a key, and the last one counts")
  func manifests() throws {
    let node = try Reader.read(Array("{\"a\":1,\"a\":2}".utf8), file: "x", rules: .manifest)
    #expect(node["a"]?.integer == 2)
  }

  private func read(_ text: String) throws(ConfigurationError) -> Node {
    try Reader.read(Array(text.utf8), file: "x.json")
  }
}
