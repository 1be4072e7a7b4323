import Glibc
import Testing

@testable import Configuration

@Suite("Hostile configurations")
struct FuzzTests {
  @Test("ten thousand mutated files are read or refused, quickly and without a crash")
  func mutations() throws {
    var random = SplitMix(state: 20_261_120)
    let seeds = Self.seeds.map { Array($0.utf8) }
    var refused = 0
    let slowest = (0..<10_000).map { round in
      let bytes = Self.mutate(seeds[round % seeds.count], &random)
      return ContinuousClock().measure {
        let made = try? Configuration(bytes, file: "deploy.json", environment: [:]).settings(
          recipeLookup: { (_) throws(ConfigurationError) in nil })
        if made == nil { refused += 1 }
      }
    }.max()
    #expect(try #require(slowest) < .seconds(1))
    // If nothing or everything were refused, the mutations would prove little.
    #expect((1_000..<10_000).contains(refused))
  }

  @Test(
    "bombs are refused within a second",
    arguments: [
      String(repeating: "[", count: 262_144), String(repeating: "{\"a\":", count: 50_000),
      "[" + String(repeating: "1,", count: 131_000) + "]",
      "\"" + String(repeating: "\\u0041", count: 43_000),
      "/*" + String(repeating: "/*", count: 131_000),
      "{" + (0..<9_000).map { "\"k\($0)\": 1" }.joined(separator: ",") + "}",
      "{\"" + String(repeating: "k", count: 200_000) + "\": 1}",
      "{\"keep\": 1" + String(repeating: "0", count: 200_000) + "}",
    ])
  func bombs(text: String) {
    // Not by the clock on the wall: the machine may be busy with something else.
    let began = processorSeconds()
    #expect(throws: ConfigurationError.self) {
      try Configuration(Array(text.utf8), file: "deploy.json", environment: [:])
    }
    #expect(processorSeconds() - began < 1)
  }

  private static let seeds = [
    file(
      Schema.keys(in: .top).filter { !["hosts", "path", "default_stage"].contains($0.name) }
        .map { "\"\($0.name)\": \($0.example)" }.joined(separator: ",\n")),
    "{\"stages\": {\"a\": {\"hosts\": [\"u@h:22\", {\"host\": \"é\\ud83d\\ude00\"}]}}}",
    "/* c */ {\"keep\": 5, // x\n \"hooks\": {\"after_flip\": [{\"run\": \"x\"}]},}",
  ]

  private static func mutate(_ seed: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    var bytes = seed
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0..<max(1, bytes.count), using: &random)
      guard place < bytes.count else { break }
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: place)
      case 2:
        bytes.insert(Array("{}[]\",:\\/*0".utf8).randomElement(using: &random) ?? 0, at: place)
      case 3: bytes.removeSubrange(place..<min(bytes.count, place + 20))
      default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 30)], at: place)
      }
    }
    return bytes
  }
}

/// The same numbers on every machine, so that a failure can be seen again.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// What this thread has used.
private func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
