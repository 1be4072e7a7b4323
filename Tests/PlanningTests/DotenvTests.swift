import TestSupport
import Testing

@testable import Planning

@Suite("A dotenv file")
struct DotenvTests {
  struct Sample: Sendable, CustomStringConvertible {
    let description: String
    let text: String
    let entries: [String]

    init(_ text: String, _ entries: String...) {
      (self.text, self.entries, description) = (text, entries, text.debugDescription)
    }
  }

  static let samples = [
    Sample(""), Sample("\n\n"), Sample("# A=1\n  # B=2\n"),
    Sample("A=1", "A=1"), Sample("A=1\nB=2\n", "A=1", "B=2"),
    Sample("A=1\r\nB=2\r\n", "A=1", "B=2"), Sample("\u{feff}A=1\n", "A=1"),
    Sample("export A=1\nexport\tB=2\n", "A=1", "B=2"), Sample("export=1\n", "export=1"),
    Sample("  A = 1  \n", "A=1"), Sample("A=\n", "A="), Sample("A= # nothing\n", "A="),
    Sample("A=one two\n", "A=one two"), Sample("A=one # two\n", "A=one"),
    Sample("A=one#two\n", "A=one#two"), Sample("A=#two\n", "A=#two"),
    Sample("A='one # two' # three\n", "A=one # two"), Sample(#"A='a\nb"c'"#, #"A=a\nb"c"#),
    Sample(#"A="a\nb""#, "A=a\nb"), Sample(#"A="\"\\\$\`\t\q""#, "A=\"\\$`\t\\q"),
    Sample("A=\"one\n# two\nB=3\"\nC=4\n", "A=one\n# two\nB=3", "C=4"),
    Sample("A='one\ntwo'\nC=4\n", "A=one\ntwo", "C=4"),
    Sample(#"A='it'\''s'"# + "\nB=1\n", "A=it's", "B=1"),
    Sample("A=1\nA=2\n", "A=1", "A=2"), Sample("A=x=y==\n", "A=x=y=="),
    Sample("A=\"never\nB=1\n", "A=\"never", "B=1"), Sample("A='\n", "A='"),
    Sample("1A=1\nno line\nA-B=1\n=1\nB=1", "B=1"), Sample("a.b=1\n", "a.b=1"),
  ]

  @Test("is read as its readers read it", arguments: samples)
  func reads(sample: Sample) {
    let entries = Dotenv(Array(sample.text.utf8)).entries
    #expect(
      entries.map { "\($0.key)=\(String(decoding: $0.value, as: UTF8.self))" } == sample.entries)
  }

  @Test(
    "an edit touches its own bytes and no other",
    arguments: [
      ("", "A=1\n"), ("B=2", "B=2\nA=1\n"), ("B=2\r\n", "B=2\r\nA=1\r\n"),
      ("# c\nA=old # why\nB=2\n", "# c\nA=1 # why\nB=2\n"), ("A= # why\n", "A=1 # why\n"),
      ("export A = 'x y'\t# z\r\nB=2", "export A = 1\t# z\r\nB=2"),
      ("A=0\nB=2\nA=\"x\ny\"\n", "A=0\nB=2\nA=1\n"), ("\u{feff}A=0\n", "\u{feff}A=1\n"),
      ("A=\nB=2\n", "A=1\nB=2\n"), ("A='1'\n", "A='1'\n"), ("A='a'\\''b' # c\n", "A=1 # c\n"),
    ])
  func sets(before: String, after: String) throws {
    var file = Dotenv(Array(before.utf8))
    try file.set("A", to: Array("1".utf8))
    #expect(String(decoding: file.bytes, as: UTF8.self) == after)
  }

  @Test("a key goes with all its lines and nothing else")
  func unsets() throws {
    var file = Dotenv(Array("#1\nA=1\n\nB='2\n3' # 4\nA=\"x\ny\" # z\r\nC=1".utf8))
    try file.unset("A")
    #expect(String(decoding: file.bytes, as: UTF8.self) == "#1\n\nB='2\n3' # 4\nC=1")
    #expect(file["A"] == nil)
  }

  @Test("what comes twice and what nobody can read is told")
  func oddities() {
    let file = Dotenv(Array("A=1\nwhat\nA='x\ny'\nB=2\n???\nA=3".utf8))
    #expect(file.duplicates == ["A"])
    #expect(file.strayLines == [2, 6])
    #expect(file["A"] == Array("3".utf8))
  }

  @Test("a value that no environment or no quoting can carry is refused")
  func refuses() {
    var file = Dotenv(Array("A=1\n".utf8))
    #expect(throws: DotenvError.holdsNUL) { try file.set("A", to: [65, 0]) }
    #expect(throws: DotenvError.holdsBacktick) { try file.set("A", to: Array("it's `id`".utf8)) }
    var open = Dotenv(Array("A='never\n".utf8))
    #expect(throws: DotenvError.unbalanced) { try open.set("B", to: Array("x y".utf8)) }
    #expect(file.bytes == Array("A=1\n".utf8))
    #expect(open.bytes == Array("A='never\n".utf8))
  }

  static let values = [
    "plain", "", " ", "two words", "it's", "\"quoted\"", "a'b\"c", "$HOME", "${HOME}", "$(id)",
    "`id`", "#no comment", "x # y", #"back\slash"#, #"\n"#, #"it's \n \\ $x"#, "line\nline",
    "line\n\n", "'", "\"", "\\", "\\'", "'\\", "!event", "~", "*", "a=b", "ümlaut", "tab\there",
    "-----BEGIN KEY-----\nabc+/=\n-----END KEY-----\n", ";rm -rf /", "a&b|c>d<e", "base64:aGk=",
    "trailing ", "%", "{\"a\": \"$b\",\n \"c\": 'd'}",
  ]

  @Test("a shell that sources the file reads the value back", arguments: ["dash", "bash"])
  func sourced(shell: String) throws {
    let scratch = try TreeScratch()
    for value in Self.values {
      var file = Dotenv(Array("# head\nOTHER='x y'\n".utf8))
      try file.set("KEY", to: Array(value.utf8))
      #expect(file["KEY"] == Array(value.utf8))
      try scratch.write(file.bytes, to: Array("env".utf8))
      let read = try scratch.run(
        [shell, "-c", #". ./env; printf '%s.%s' "$KEY" "$OTHER""#], in: scratch.path)
      #expect(read == value + ".x y", "\(value.debugDescription)")
    }
  }

  /// What each of the two readers of PHP does with a line that we write; no PHP is needed to test it.
  @Test("what is written stays within what phpdotenv and Symfony read alike", arguments: values)
  func portable(value: String) throws {
    let text = String(decoding: try DotenvQuoting.quoted(Array(value.utf8)), as: UTF8.self)
    switch text.first {
    case "'":
      #expect(!text.dropFirst().dropLast().contains { $0 == "'" || $0 == "\n" })
    case "\"":
      var rest = text.dropFirst().dropLast()[...]
      while let letter = rest.popFirst() {
        #expect(letter != "\"" && letter != "$" && letter != "`")
        if letter == "\\" { #expect("\"\\$".contains(rest.popFirst() ?? " ")) }
      }
    default: #expect(text.allSatisfy { $0.isLetter || $0.isNumber || "_./:@,+-=".contains($0) })
    }
  }

  /// Pieces that files are made of, and that they break on.
  static let pieces = [
    "A", "B", "KEY", "=", "=", "=", "export ", " ", "\t", "'", "\"", "\\", "#", "\n", "\n", "\r\n",
    "$", "x y", "1", "é", "`", "\u{feff}", "A=1\n", "B='2'\n", "C=\"3\n4\"\n", "# c\n",
  ]

  @Test("of a thousand random files every edit keeps every other byte and value")
  func randomFiles() throws {
    var generator = SystemRandomNumberGenerator()
    var edited = 0
    for _ in 0..<1000 {
      let text = (0..<Int.random(in: 0...25, using: &generator)).map { _ in
        Self.pieces.randomElement(using: &generator) ?? ""
      }.joined()
      let value = Self.values.randomElement(using: &generator) ?? ""
      let before = Dotenv(Array(text.utf8))
      var after = before
      guard (try? after.set("KEY", to: Array(value.utf8))) != nil else { continue }
      edited += 1
      #expect(after["KEY"] == Array(value.utf8), "\(text.debugDescription)")
      let others = { (file: Dotenv) in file.entries.filter { $0.key != "KEY" }.map(\.value) }
      #expect(others(after) == others(before), "\(text.debugDescription)")
      if let old = before.entries.last(where: { $0.key == "KEY" }) {
        #expect(after.bytes.starts(with: before.bytes[..<old.extent.lowerBound]))
        #expect(
          after.bytes.reversed().starts(with: before.bytes[old.extent.upperBound...].reversed()))
      } else {
        #expect(after.bytes.starts(with: before.bytes))
        try after.unset("KEY")
        #expect(after.bytes.starts(with: before.bytes))
        #expect(after.bytes.count - before.bytes.count <= 2)
      }
    }
    #expect(edited > 500)
  }
}
