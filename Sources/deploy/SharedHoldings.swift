import Planning
import Remote

/// What an agent said of a host's `shared/`.
struct SharedHoldings {
  struct Holding {
    var sort: String
    var kind: String
    var path: String
    var files: Int
    var bytes: Int
    var mode: String
    var owner: String
    var group: String
  }

  struct Kept {
    var source: String
    var reason: String
    var files: Int
    var bytes: Int
  }

  var holdings: [Holding] = []
  var kept: [Kept] = []
  /// Entries beyond those that were listed.
  var more = 0
  /// The label of a restore that did not come to its end.
  var unfinished: String?

  init(_ events: [AgentEvent]) {
    for event in events {
      guard case .fact(let name, let words) = event else { continue }
      func word(_ index: Int) -> String { index < words.count ? words[index] : "" }
      func number(_ index: Int) -> Int { Int(word(index)) ?? 0 }
      switch name {
      case "holding":
        holdings.append(
          Holding(
            sort: word(0), kind: word(1), path: word(2), files: number(3), bytes: number(4),
            mode: word(5), owner: word(6), group: word(7)))
      case "kept":
        kept.append(
          Kept(source: word(0), reason: word(1), files: number(2), bytes: number(3)))
      case "more": more = number(0)
      case "restoring": unfinished = word(0)
      default: break
      }
    }
  }

  var registry: [String] { holdings.filter { $0.sort == "harvested" }.map(\.path) }
}
