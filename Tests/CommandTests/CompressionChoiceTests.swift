import Operations
import Testing

@testable import deploy

@Suite("How a payload is compressed")
struct CompressionChoiceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let here: [Compression]
    let there: Set<String>
    /// Milliseconds; nil when something else than this tool connected.
    let roundTrip: Double?
    let choice: Compression

    var testDescription: String { "\(here) \(there) \(roundTrip ?? -1) ms: \(choice)" }
  }

  @Test(
    "zstd where both ends have it, gzip on links that are slower than it, else nothing",
    arguments: [
      Case(here: [.none, .gzip, .zstd], there: ["zstd", "gzip"], roundTrip: 20, choice: .zstd),
      Case(here: [.none, .gzip, .zstd], there: ["zstd", "gzip"], roundTrip: 0.2, choice: .zstd),
      Case(here: [.none, .gzip, .zstd], there: ["gzip"], roundTrip: 20, choice: .gzip),
      Case(here: [.none, .gzip], there: ["zstd", "gzip"], roundTrip: 20, choice: .gzip),
      Case(here: [.none, .gzip], there: ["zstd", "gzip"], roundTrip: nil, choice: .gzip),
      Case(here: [.none, .gzip], there: ["zstd", "gzip"], roundTrip: 0.2, choice: .none),
      Case(here: [.none, .zstd], there: ["gzip"], roundTrip: 20, choice: .none),
      Case(here: [.none, .gzip, .zstd], there: [], roundTrip: 20, choice: .none),
    ])
  func choice(example: Case) {
    let receiver = Receiver(
      tools: example.there, roundTrip: example.roundTrip.map { $0 / 1000 })
    #expect(Compression.best(for: [receiver], here: example.here) == example.choice)
  }

  @Test("hosts get what all of them have, and the farthest one counts")
  func several() {
    let near = Receiver(tools: ["zstd", "gzip"], roundTrip: 0.0002)
    let far = Receiver(tools: ["gzip"], roundTrip: 0.02)
    let here = Receiver(isThisMachine: true, tools: ["zstd", "gzip"])
    let all = [Compression.none, .gzip, .zstd]
    #expect(Compression.best(for: [near, far], here: all) == .gzip)
    #expect(Compression.best(for: [near, here], here: all) == .zstd)
    #expect(Compression.best(for: [here], here: all) == .none)
  }
}
