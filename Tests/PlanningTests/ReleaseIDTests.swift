import Operations
import TestSupport
import Testing

@Suite("The name of a release")
struct ReleaseIDTests {
  @Test(
    "ours and the numbers of other tools are names",
    arguments: ["20261120-173310", "20261120-173310-0a9f3c", "20261120173310", "1", "42"])
  func accepted(text: String) { #expect(ReleaseID(text)?.text == text) }

  @Test(
    "nothing else is",
    arguments: [
      "", ".", "..", "current", "20261120-17331", "20261120-1733100", "20261120_173310",
      "20261120-173310-", "20261120-173310-0A9F3C", "20261120-173310-0a9f3", "-1", "+1", "1/2",
      "20261120-173310/..", "20261120-173310\n", " 1", "1 ", "١٢٣", "２０２６", "123456789012345",
      "20261120-173310-0a9f3c-0a9f3c", "20261120-173310\u{0}", "1\u{301}",
    ])
  func refused(text: String) { #expect(ReleaseID(text) == nil) }

  @Test("of 5,000 mutated names exactly those of the grammar are taken")
  func mutated() throws {
    let seeds = ["20261120-173310", "20261120-173310-0a9f3c", "20261120173310", "7"]
    let bytes = Array("0123456789abcdefgAF-./_ \n*$'\"\\~%\u{e9}١".unicodeScalars)
    var generator = Seeded(state: 20_261_120)
    var taken = 0
    for _ in 0..<5000 {
      var name = Array(seeds[Int.random(in: 0..<seeds.count, using: &generator)].unicodeScalars)
      for _ in 0...Int.random(in: 0...2, using: &generator) {
        let place = Int.random(in: 0...name.count, using: &generator)
        let scalar = bytes[Int.random(in: 0..<bytes.count, using: &generator)]
        switch Int.random(in: 0...3, using: &generator) {
        case 0: name.insert(scalar, at: place)
        case 1 where place < name.count: name.remove(at: place)
        case 2 where place < name.count: name[place] = scalar
        default: name += name.prefix(place)
        }
      }
      var text = ""
      text.unicodeScalars += name
      let isName = Self.matches(Array(text.utf8))
      #expect((ReleaseID(text) != nil) == isName, "\(text.debugDescription)")
      taken += isName ? 1 : 0
    }
    #expect(taken > 100 && taken < 4000)
  }

  /// `[0-9]{8}-[0-9]{6}(-[0-9a-f]{6})?|[0-9]{1,14}`, spelled out another way.
  private static func matches(_ name: [UInt8]) -> Bool {
    let shape = String(
      decoding: name.map { byte -> UInt8 in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt8(ascii: "d")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt8(ascii: "h")
        case UInt8(ascii: "-"): byte
        default: UInt8(ascii: "x")
        }
      }, as: UTF8.self)
    if shape == "dddddddd-dddddd" { return true }
    if shape.utf8.count == 22, shape.hasPrefix("dddddddd-dddddd-") {
      return shape.dropFirst(16).allSatisfy { "dh".contains($0) }
    }
    return (1...14).contains(shape.utf8.count) && shape.allSatisfy { $0 == "d" }
  }
}

/// The same numbers in every run.
private struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}
