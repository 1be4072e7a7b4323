import FoundationEssentials
import Operations
public import Planning

/// Makes a ``HostState`` of what the survey said. What a host leaves out stays at its default.
public struct SurveyReader {
  public private(set) var state = HostState()

  public init() {}

  public static func read(_ events: [AgentEvent]) -> HostState {
    var reader = SurveyReader()
    for event in events { reader.take(event) }
    return reader.state
  }

  mutating func take(_ event: AgentEvent) {
    switch event {
    case .fact(let name, let words): take(name, words)
    case .ledger(let line): if let record = Self.record(line) { state.ledger.append(record) }
    default: break
    }
  }

  /// Nil for a line that is torn or not ours.
  public static func record(_ line: [UInt8]) -> LedgerRecord? {
    try? JSONDecoder().decode(LedgerRecord.self, from: Data(line))
  }

  private mutating func take(_ name: String, _ words: [String]) {
    func word(_ index: Int) -> String { index < words.count ? words[index] : "" }
    switch name {
    case "root": state.root = HostState.EntryKind(rawValue: word(0)) ?? .other
    case "writable":
      state.isWritable = word(0) == "yes"
      state.nearest = word(1)
      state.nearestOwner = word(2)
      state.nearestMode = word(3)
      state.user = word(4)
    case "tools": state.tools = Set(words)
    case "current": state.current = Self.current(kind: word(0), whole: word(1), target: word(2))
    case "release":
      let tree = words.count > 1 && word(1) != "-" ? word(1) : nil
      state.directories.append(
        HostState.Directory(
          name: word(0), tree: tree, algorithm: DigestAlgorithm(rawValue: word(2))))
    case "head": state.head = word(0)
    case "holder": state.holder = Self.holder(word(0))
    case "trash": state.trash = Int(word(0)) ?? 0
    case "space":
      state.freeKilobytes = Int(word(0))
      state.freeInodes = Int(word(1))
    case "shared":
      state.shared[word(1)] = HostState.EntryKind(rawValue: word(0)) ?? .other
      if word(2) == "yes" { state.linked.insert(word(1)) }
    case "env": state.env = HostState.EnvFile(digest: word(0))
    case "env-key": state.env?.keys.insert(word(0))
    case "env-value":
      let line = Dotenv(Array("\(word(0))=\(word(1))".utf8))
      state.env?.asked[word(0)] = line[word(0)].map { String(decoding: $0, as: UTF8.self) }
    case "env-secret":
      if let value = Dotenv(Array("X=\(word(0))".utf8))["X"] {
        state.env?.secrets.values.append(String(decoding: value, as: UTF8.self))
      }
    case "down":
      state.downtime =
        (try? JSONDecoder().decode(Downtime.self, from: Data(word(0).utf8))) ?? .unreadable
    case "clock": state.clock = Int(word(0)) ?? 0
    default: break
    }
  }

  private static func current(kind: String, whole: String, target: String) -> HostState.Current {
    switch HostState.EntryKind(rawValue: kind) ?? .other {
    case .missing: .missing
    case .link: .link(target: target, isWhole: whole == "yes")
    case .directory: .directory
    case .file, .other: .other
    }
  }

  /// `PID SINCE PHASE =DESCRIPTION`, as the holder wrote it.
  public static func holder(_ line: String) -> HostState.Holder? {
    let words = line.split(separator: " ", maxSplits: 3).map(String.init)
    guard words.count == 4, let pid = Int(words[0]), let since = Int(words[1]) else { return nil }
    let description = Escape.decode(words[3].utf8.dropFirst()).map {
      String(decoding: $0, as: UTF8.self)
    }
    return HostState.Holder(
      pid: pid, since: since, phase: words[2], description: description ?? words[3])
  }
}
