import Arguments
import Execution
import Remote

/// Where the time of a push or a rollback went: what was done when, by host, as bars under one another.
struct Waterfall {
  /// What took time before the hosts were asked, or beside them, has no host.
  struct Step: Sendable {
    let host: String?
    let phase: Phase
  }

  let steps: [Step]
  let began: ContinuousClock.Instant

  static let here = "this machine"

  func lines(width: Int) -> [Text] {
    let end = steps.map { start($0) + $0.phase.seconds }.max() ?? 0
    let columns = max(10, min(48, width - 28))
    return groups.flatMap { group -> [Text] in
      let title: Text = "\(.bold, group.first?.host ?? Self.here)"
      return [title] + group.map { line(for: $0, until: end, columns: columns) }
    }
  }

  var events: [JSONLine] {
    groups.joined().map { step in
      [
        "event": "timing", "host": JSONLine(step.host), "operation": .string(step.phase.name),
        "start": .number(start(step)), "seconds": .number(step.phase.seconds),
      ]
    }
  }

  /// This machine first, then the hosts as they were reached; each in the order of time.
  private var groups: [[Step]] {
    let sorted = steps.sorted { $0.phase.began < $1.phase.began }
    var names: [String?] = [nil]
    for step in sorted where !names.contains(step.host) { names.append(step.host) }
    return names.map { name in sorted.filter { $0.host == name } }.filter { !$0.isEmpty }
  }

  private func start(_ step: Step) -> Double {
    began.duration(to: step.phase.began) / .seconds(1)
  }

  private func line(for step: Step, until end: Double, columns: Int) -> Text {
    func column(_ seconds: Double) -> Int {
      end > 0 ? min(columns, max(0, Int((seconds / end * Double(columns)).rounded()))) : 0
    }
    let from = min(column(start(step)), columns - 1)
    let to = max(from + 1, column(start(step) + step.phase.seconds))
    let time = milliseconds(step.phase.seconds)
    let room = String(repeating: " ", count: max(0, 8 - time.count))
    let bar = String(repeating: " ", count: from) + String(repeating: "█", count: to - from)
    return Text("  \(step.phase.name.padded(to: 10))\(room)\(time)  \(bar)")
  }
}
