import Operations

/// One line of what the agent says. Everything else on its output is noise.
public enum AgentEvent: Sendable, Equatable {
  case hello
  case began(Int)
  case ended(Int, status: Int32)
  case stopped(Int)
  case finished
  case refused(Refusal)
  /// The host is not as a delta needs it: nothing has failed, everything can be sent instead.
  case unfit(String)
  /// What a tool on the host wrote to standard error before an operation failed.
  case complaint(String)
  case note(kind: String, fields: [String])
  case fact(name: String, words: [String])
  case ledger([UInt8])
  case algorithm(String)
  case entry([UInt8])
  case differs(Difference)
  /// A line printed by a hook or a person's command: raw bytes of another program.
  case output([UInt8])
  case result(Int32)
  /// A piece of an archive.
  case block([UInt8])
  case waiting
  /// Everything before the flip is done; the agent waits for the other hosts.
  case prepared
  /// The release is live and works; the agent waits for the other hosts once more.
  case healthy
  case flipped(String)
  /// The agent took `current` back to this release by itself.
  case returned(String)
  /// The working half of the agent has ended; nothing more will come.
  case gone(status: Int32)
  /// Only in fault tests.
  case point(String)
  case holding

  /// Why an operation did not do its work: an exit code of ours, a kind, and facts for the message.
  public struct Refusal: Sendable, Equatable {
    public var exitCode: Int32
    public var kind: String
    public var fields: [String]

    public init(exitCode: Int32, kind: String, fields: [String]) {
      self.exitCode = exitCode
      self.kind = kind
      self.fields = fields
    }
  }
}

extension AgentEvent {
  /// Whether the agent takes questions again.
  var endsProgram: Bool {
    switch self {
    case .finished, .stopped: true
    default: false
    }
  }

  /// How many raw bytes follow the line; nil for every line that does not say so.
  static func blockLength(_ line: [UInt8], nonce: String) -> Int? {
    let prefix = [0x1e] + Array("\(nonce) block ".utf8)
    guard line.starts(with: prefix) else { return nil }
    return Int(text(line.dropFirst(prefix.count))).flatMap { $0 > 0 ? $0 : nil }
  }

  /// Reads one line of the agent's output, without its newline. Nil for noise, which is whatever
  /// does not carry this session's mark.
  init?(line: some Collection<UInt8>, nonce: String) {
    guard line.first == 0x1e else { return nil }
    let line = Array(line.dropFirst())
    let gone = Array("gone ".utf8)
    if line.starts(with: gone) {
      self = .gone(status: Int32(Self.text(line.dropFirst(gone.count))) ?? -1)
      return
    }
    let prefix = Array("\(nonce) ".utf8)
    guard line.starts(with: prefix) else { return nil }
    let rest = line.dropFirst(prefix.count)
    let kind = Self.text(rest.prefix { $0 != UInt8(ascii: " ") })
    let tail = Array(rest.dropFirst(kind.utf8.count + 1))
    guard let event = Self.event(kind, tail) else { return nil }
    self = event
  }

  private static func event(_ kind: String, _ tail: [UInt8]) -> AgentEvent? {
    let words = tail.split(separator: UInt8(ascii: " ")).map(word)
    func number(_ index: Int) -> Int? { index < words.count ? Int(words[index]) : nil }
    switch kind {
    case "hello": return .hello
    case "began": return number(0).map { .began($0) }
    case "ended":
      guard let operation = number(0), let status = number(1) else { return nil }
      return .ended(operation, status: Int32(clamping: status))
    case "stopped": return number(0).map { .stopped($0) }
    case "finished": return .finished
    case "refused":
      guard let code = number(0), words.count > 1 else { return nil }
      return .refused(
        Refusal(
          exitCode: Int32(clamping: code), kind: words[1], fields: Array(words.dropFirst(2))))
    case "unfit": return .unfit(words.first ?? "")
    case "complaint": return .complaint(words.first ?? "")
    case "note":
      return words.first.map { .note(kind: $0, fields: Array(words.dropFirst())) }
    case "fact":
      return words.first.map { .fact(name: $0, words: Array(words.dropFirst())) }
    case "ledger": return .ledger(tail)
    case "algorithm": return .algorithm(text(tail))
    case "entry": return .entry(tail)
    case "differs":
      guard let change = words.first.flatMap(Difference.Change.init), words.count > 1
      else { return nil }
      return .differs(Difference(change, words[1]))
    case "output": return .output(tail)
    case "result": return number(0).map { .result(Int32(clamping: $0)) }
    case "waiting": return .waiting
    case "prepared": return .prepared
    case "healthy": return .healthy
    case "flipped": return words.first.map { .flipped($0) }
    case "returned": return words.first.map { .returned($0) }
    case "point": return .point(text(tail))
    case "holding": return .holding
    default: return nil
    }
  }

  /// A field behind an equals sign is encoded; other words are plain.
  private static func word(_ bytes: ArraySlice<UInt8>) -> String {
    guard bytes.first == UInt8(ascii: "="), let decoded = Escape.decode(bytes.dropFirst()) else {
      return text(bytes)
    }
    return text(decoded)
  }

  private static func text(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
  }
}
