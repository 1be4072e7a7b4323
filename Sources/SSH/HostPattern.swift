/// The patterns of a known_hosts line: names, `*` and `?`, `!` for "not", separated by commas.
struct HostPattern {
  private let parts: [(isNegated: Bool, pattern: [UInt8])]

  init(_ text: some Sequence<UInt8>) {
    parts = Array(text).split(separator: UInt8(ascii: ",")).map { part in
      let isNegated = part.first == UInt8(ascii: "!")
      return (isNegated, HostPattern.lowercased(isNegated ? part.dropFirst() : part))
    }
  }

  /// One matching negation rules the whole line out, wherever it stands.
  func matches(_ name: String) -> Bool {
    let name = HostPattern.lowercased(name.utf8)
    var isMatched = false
    for part in parts where HostPattern.glob(part.pattern, name) {
      if part.isNegated { return false }
      isMatched = true
    }
    return isMatched
  }

  /// Walks both once and comes back to the last `*` on a mismatch, so that a hostile line of many
  /// stars cannot take exponential time.
  private static func glob(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
    var (p, n) = (0, 0)
    var retry: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        p += 1
        retry = (p, n)
      } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == name[n] {
        p += 1
        n += 1
      } else if let last = retry {
        p = last.pattern
        n = last.name + 1
        retry = (p, n)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  private static func lowercased(_ text: some Sequence<UInt8>) -> [UInt8] {
    text.map { (65...90).contains($0) ? $0 + 32 : $0 }
  }
}
