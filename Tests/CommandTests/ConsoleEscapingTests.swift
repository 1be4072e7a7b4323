import Testing

@testable import deploy

struct ConsoleEscapingTests {
  @Test(
    "nothing that acts on a terminal is shown as it is",
    arguments: [
      ("\u{1b}[2J", "\\x1b[2J"), ("a\0b", "a\\x00b"), ("\u{7f}", "\\x7f"),
      ("\u{9b}31m", "\\xc2\\x9b31m"), ("\u{202e}txt.exe", "\\xe2\\x80\\xaetxt.exe"),
      ("\u{2066}\u{2069}", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"), ("\u{feff}", "\\xef\\xbb\\xbf"),
      ("\u{2028}", "\\xe2\\x80\\xa8"), ("a\rb\nc\td", "a\\x0db\\x0ac\\x09d"),
      ("grüße, 日本, 👩‍👩‍👧", "grüße, 日本, 👩‍👩‍👧"), ("App\\Kernel", "App\\Kernel"),
    ])
  func escapes(text: String, shown: String) {
    #expect(Escaped(text).text == shown)
  }

  @Test(
    arguments: [
      ([0x61, 0xff, 0x62], "a\\xffb"), ([0xc3], "\\xc3"), ([0xc0, 0xaf], "\\xc0\\xaf"),
      ([0xe2, 0x82, 0x41], "\\xe2\\x82A"), ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"),
      ([0xf4, 0x90, 0x80, 0x80, 0x0a], "\\xf4\\x90\\x80\\x80\\x0a"),
    ] as [([UInt8], String)])
  func invalidUTF8(bytes: [UInt8], shown: String) {
    #expect(Escaped(bytes).text == shown)
  }

  @Test func linesOfAProgram() {
    #expect(Escaped.lines(of: "a\r\nb\n\nid\tname\n".utf8) == ["a", "b", "", "id      name"])
    #expect(Escaped.lines(of: "".utf8) == [])
    #expect(Escaped.lines(of: "no end".utf8) == ["no end"])
  }

  @Test(
    "no line is a command to a CI system",
    arguments: [
      ("::set-output name=x::y", "\\::set-output name=x::y"), ("  ::error::", "\\  ::error::"),
      ("a ::error::", "a ::error::"), ("x ##vso[task.complete]", "x #\\x23vso[task.complete]"),
      ("##teamcity[x]", "#\\x23teamcity[x]"), ("###[group]", "##\\x23[group]"),
      ("## Title", "## Title"), ("#!/bin/sh", "#!/bin/sh"),
    ])
  func commands(line: String, shown: String) {
    let recorder = ConsoleRecorder()
    recorder.console().print(Text(line))
    #expect(recorder.results == shown + "\n")
  }

  @Test func wrappingMakesNoCommandEither() {
    let report = ErrorReport(
      code: 1, message: "a file is named ::error::x and that is all there is")
    for width in 40...60 {
      let lines = report.text(width: width).lines(styled: false)
      #expect(lines.filter { $0.drop { $0 == " " }.hasPrefix("::") } == [])
    }
  }

  @Test("2,000 hostile payloads leave no raw control byte in any output")
  func hostilePayloads() {
    var random = SplitMix(state: 20_261_120)
    let recorder = ConsoleRecorder()
    let text = recorder.console(.text, .verbose, Surroundings(columns: 60))
    let json = recorder.console(.json)
    let piece: [[UInt8]] = [
      Array("\u{1b}[2J\u{1b}]0;title\u{7}".utf8), Array("\u{9b}31m".utf8), [0x9b], [0x90, 0x9c],
      Array("\u{202e}\u{2066}\u{200f}".utf8), [0xc0, 0x9b], [0xff, 0xfe], Array("\r".utf8),
      Array("\n::set-output name=a::b\n".utf8), Array("##vso[task.setvariable]".utf8),
      Array("##teamcity[buildStop]".utf8), Array(" ##[add-mask]x".utf8), Array(0...31),
      Array("grüße 日本".utf8), [0x7f, 0x08, 0x08],
    ]
    for _ in 0..<2000 {
      var payload: [UInt8] = []
      for _ in 0...(Int(random.next() % 6)) {
        payload += piece[Int(random.next() % UInt64(piece.count))]
        payload.append(UInt8(truncatingIfNeeded: random.next()))
      }
      let words = String(decoding: payload, as: UTF8.self)
      let report = ErrorReport(code: 1, message: words, live: words, kept: words, next: words)
      text.print("\(.red, words)")
      text.note("file \(words)")
      text.relay(payload, from: words)
      text.progress(Text(words))
      recorder.wait(.seconds(10))
      text.report(report)
      text.print(Table(headings: ["name"], rows: [[words]]).text(width: 60))
      json.emit(.object([JSONLine.Member(key: words, value: .string(words))]))
      json.report(report)
    }
    let output = String(decoding: recorder.bytes, as: UTF8.self)
    #expect(Array(output.utf8) == recorder.bytes, "valid UTF-8")
    #expect(!output.unicodeScalars.contains { $0 != "\n" && !Escaped.isHarmless($0) })
    let lines = output.unicodeScalars.split(separator: "\n").map(String.init)
    #expect(lines.count > 16_000)
    #expect(lines.filter { $0.drop(while: \.isWhitespace).hasPrefix("::") } == [])
    for command in ["##[", "##vso[", "##teamcity["] {
      #expect(lines.filter { $0.contains(command) } == [])
    }
  }
}

/// The same numbers in every run, so that a failure can be looked at.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
