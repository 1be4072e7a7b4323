import Execution
import Operations
import Planning
import Remote

/// A line of a crontab, a unit or a program of supervisor that names a path of the application.
struct ScheduledJob: Equatable {
  var kind: Kind
  /// Empty for the deploy user's own crontab.
  var file: String
  var number: Int
  var text: String

  enum Kind: String {
    case crontab
    case cron
    case systemd
    case user = "systemd-user"
    case supervisor
  }

  init(_ kind: Kind, file: String = "", number: Int = 1, _ text: String) {
    self.kind = kind
    self.file = file
    self.number = number
    self.text = text
  }

  init?(_ event: AgentEvent) {
    guard case .fact("job", let words) = event, words.count == 4,
      let kind = Kind(rawValue: words[0]), let number = Int(words[1])
    else { return nil }
    self.init(kind, file: words[2], number: number, words[3])
  }
}

extension ScheduledJob {
  struct Fault: Equatable {
    /// One release, which is pruned one day, or a path that never led through `current`.
    var isFixed: Bool
    /// Each path that is wrong, and the line with all of them put right.
    var paths: [String]
    var correction: String
  }

  /// Nil when every path goes through `current` or to what outlives releases.
  func fault(below roots: [String]) -> Fault? {
    guard let first = text.first(where: { !$0.isWhitespace }), first != "#", first != ";"
    else { return nil }
    var fault = Fault(isFixed: false, paths: [], correction: "")
    var rest = text[...]
    while let found = Self.next(in: rest, roots) {
      fault.correction += rest[..<found.range.lowerBound]
      let parts = found.tail.split(separator: "/", omittingEmptySubsequences: false)
      switch parts.first ?? "" {
      case "", "current", "shared", ".deploy",
        "releases" where parts.count < 2 || parts[1].isEmpty:
        fault.correction += text[found.range]
      case "releases":
        fault.isFixed = true
        fault.paths.append(String(text[found.range]))
        fault.correction += ([found.root, "current"] + parts.dropFirst(2).map(String.init))
          .joined(separator: "/")
      default:
        fault.paths.append(String(text[found.range]))
        fault.correction += "\(found.root)/current/\(found.tail)"
      }
      rest = rest[found.range.upperBound...]
    }
    fault.correction += rest
    return fault.paths.isEmpty ? nil : fault
  }

  private struct Found {
    var range: Range<String.Index>
    var root: String
    /// Below the root.
    var tail: Substring
  }

  /// The next whole path below one of the roots.
  private static func next(in text: Substring, _ roots: [String]) -> Found? {
    var index = text.startIndex
    while index < text.endIndex {
      let isStart = index == text.startIndex || !isPart(text[text.index(before: index)])
      if isStart, let root = roots.first(where: { text[index...].hasPrefix($0 + "/") }) {
        let end = text[index...].firstIndex { !isPart($0) } ?? text.endIndex
        let tail = text[text.index(index, offsetBy: root.count + 1)..<end]
        return Found(range: index..<end, root: root, tail: tail)
      }
      index = text.index(after: index)
    }
    return nil
  }

  private static func isPart(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || "/._-+@%~".contains(character)
  }
}

extension ScheduledJob {
  /// What `deploy check` says of it.
  func finding(below roots: [String]) -> Finding? {
    guard let fault = fault(below: roots) else { return nil }
    let what = fault.paths.joined(separator: ", ")
    let words =
      fault.isFixed
      ? "\(place) names one release (\(what)): it runs old code, and breaks when that is pruned"
      : "\(place) names \(what), which does not go through `current`"
    return Finding(fault.isFixed ? .fail : .warn, "job", words, fix: fix(fault.correction))
  }

  private var place: String {
    kind == .crontab ? "line \(number) of the crontab" : "\(file):\(number)"
  }

  private func fix(_ line: String) -> String {
    switch kind {
    case .crontab: "crontab -e, and write: \(line)"
    case .cron: "write there: \(line)"
    case .systemd: "write there: \(line)  # then systemctl daemon-reload, and restart it"
    case .user: "write there: \(line)  # then systemctl --user daemon-reload, and restart it"
    case .supervisor: "write there: \(line)  # then supervisorctl update"
    }
  }

  static func findings(on visit: Visit, home: String) async throws -> [Finding] {
    let answer = try await visit.session.ask(.jobs(), within: .seconds(60))
    let roots = Set([visit.host.path, home]).filter { !$0.isEmpty }.sorted()
    let jobs = answer.events.compactMap(ScheduledJob.init)
    let findings = jobs.compactMap { $0.finding(below: roots) }
    guard findings.isEmpty, !jobs.isEmpty else { return findings }
    return [
      Finding(.ok, "jobs", "all that is scheduled or kept running here goes through `current`")
    ]
  }
}
