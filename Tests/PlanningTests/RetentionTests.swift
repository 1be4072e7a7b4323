import Operations
import Planning
import TestSupport
import Testing

@Suite("What a push leaves standing")
struct RetentionTests {
  /// The numbers of the releases that each departure takes.
  private func departures(_ history: History, keep: Int) throws -> [Departure: [String]] {
    var settings = Settings.plain
    settings.keep = keep
    let plan = try pushPlanner(history, settings).plan()
    var found: [Departure: [String]] = [:]
    for operation in plan.operations where operation.verb == "prune" {
      let words = operation.fields.map { String(decoding: $0, as: UTF8.self) }
      if let departure = Departure(rawValue: words[0]) {
        found[departure] = words.dropFirst(3).map { String(Int($0.suffix(2)) ?? -1) }
      }
    }
    return found
  }

  @Test(
    "as many stay as are kept, the new one included, and never fewer than two",
    arguments: [
      (5, []), (4, ["1"]), (3, ["1", "2"]), (2, ["1", "2", "3"]), (1, ["1", "2", "3"]),
      (0, ["1", "2", "3"]), (-7, ["1", "2", "3"]),
    ] as [(Int, [String])])
  func keeps(count: Int, retired: [String]) throws {
    #expect(try departures(.pushed(1...4), keep: count)[.retired] ?? [] == retired)
  }

  @Test("failed and interrupted ones are swept and do not count")
  func failed() throws {
    var history = History.pushed(1...3)
    for number in 4...9 { history.add(.prepared, number) }
    for number in 4...6 { history.add(.failed, number) }
    let departures = try departures(history, keep: 4)
    #expect(departures[.swept]?.sorted() == ["4", "5", "6", "7", "8", "9"])
    #expect(departures[.retired] == nil)
  }

  @Test("the live one stays, however old it is")
  func live() throws {
    var history = History.pushed(1...5)
    history.rollBack(to: 1)
    for keep in 0...6 {
      #expect(try departures(history, keep: keep)[.retired]?.contains("1") != true)
    }
  }

  @Test("names that are not ours are never taken, and are told")
  func foreign() throws {
    var history = History.pushed(1...5)
    for name in ["vendor", "20200101000000", "backup.20261120-120001", "20261120-1200"] {
      history.state.directories.append(HostState.Directory(name: name))
    }
    let plan = try pushPlanner(history).plan()
    let taken = plan.operations.filter { $0.verb == "prune" }.flatMap { $0.fields.dropFirst(3) }
      .map { String(decoding: $0, as: UTF8.self) }
    #expect(taken == (1...3).map { History.release($0).text })
    #expect(plan.notes.contains { $0.contains("vendor") && $0.contains("20200101000000") })
  }
}
