/// A pattern of `.gitignore`, matched on bytes as git's own `wildmatch` does.
struct WildPattern: Sendable, Equatable {
  let bytes: [UInt8]

  /// Whether it matches the whole of a path. `*` and `?` stop at slashes, `**` between slashes
  /// does not.
  func matches(_ text: ArraySlice<UInt8>) -> Bool {
    Matching(pattern: bytes, text: Array(text)).match(0, 0) == .yes
  }
}

private struct Matching {
  let pattern: [UInt8]
  let text: [UInt8]

  /// Beside yes and no, what lets a star give up early; without it, patterns such as `*a*a*a*b`
  /// take time that grows without bound.
  enum Verdict {
    case yes
    case no
    case textTooShort
    case tryNextDoubleStar
  }

  func match(_ patternStart: Int, _ textStart: Int) -> Verdict {
    var p = patternStart
    var t = textStart
    while let symbol = at(p) {
      if t == text.count, symbol != star { return .textTooShort }
      switch symbol {
      case UInt8(ascii: "?"):
        guard text[t] != slash else { return .no }
      case star:
        switch matchStar(at: p, t) {
        case .decided(let verdict): return verdict
        case .goOn(let nextP, let nextT): (p, t) = (nextP, nextT)
        }
      case UInt8(ascii: "["):
        guard let (isMember, end) = matchClass(at: p + 1, text[t]) else { return .textTooShort }
        guard isMember, text[t] != slash else { return .no }
        p = end
      case backslash:
        p += 1
        guard at(p) == text[t] else { return .no }
      default:
        guard symbol == text[t] else { return .no }
      }
      p += 1
      t += 1
    }
    return t == text.count ? .yes : .no
  }

  private enum StarOutcome {
    case decided(Verdict)
    /// One slash in both, which the main loop then steps over.
    case goOn(Int, Int)
  }

  private func matchStar(at start: Int, _ textStart: Int) -> StarOutcome {
    var p = start + 1
    var crossesSlashes = false
    if at(p) == star {
      while at(p) == star { p += 1 }
      // Git takes the literal start of a rule off before it matches, so `x**/y` opens as well.
      let opens = pattern[..<start].last == slash || !pattern[..<start].contains(where: isSpecial)
      let closes = at(p) == nil || at(p) == slash || (at(p) == backslash && at(p + 1) == slash)
      if opens && closes {
        // `**/x` also matches `x`: no directory at all.
        if at(p) == slash, match(p + 1, textStart) == .yes { return .decided(.yes) }
        crossesSlashes = true
      }
    }
    guard at(p) != nil else {
      return .decided(
        crossesSlashes || !text[textStart...].contains(slash) ? .yes : .tryNextDoubleStar)
    }
    if !crossesSlashes, at(p) == slash {
      guard let next = text[textStart...].firstIndex(of: slash) else {
        return .decided(.tryNextDoubleStar)
      }
      return .goOn(p, next)
    }
    for t in textStart..<text.count {
      let verdict = match(p, t)
      if verdict != .no {
        if !crossesSlashes || verdict != .tryNextDoubleStar { return .decided(verdict) }
      } else if !crossesSlashes, text[t] == slash {
        return .decided(.tryNextDoubleStar)
      }
    }
    return .decided(.textTooShort)
  }

  /// Whether the byte is in the class, and where its `]` stands; nil when it has none.
  private func matchClass(at start: Int, _ byte: UInt8) -> (Bool, end: Int)? {
    var p = start
    let isNegated = at(p) == UInt8(ascii: "!") || at(p) == UInt8(ascii: "^")
    if isNegated { p += 1 }
    var isMember = false
    var previous: UInt8?
    var isFirst = true
    while let symbol = at(p), isFirst || symbol != UInt8(ascii: "]") {
      isFirst = false
      if symbol == UInt8(ascii: "["), at(p + 1) == UInt8(ascii: ":") {
        guard let end = pattern[(p + 2)...].firstIndex(of: UInt8(ascii: "]")) else { return nil }
        if end > p + 2, pattern[end - 1] == UInt8(ascii: ":") {
          let name = String(decoding: pattern[(p + 2)..<(end - 1)], as: UTF8.self)
          guard let test = characterClasses[name] else { return nil }
          isMember = isMember || test(byte)
          previous = nil
          p = end + 1
          continue
        }
      }
      if symbol == UInt8(ascii: "-"), let low = previous, at(p + 1) != UInt8(ascii: "]") {
        p += at(p + 1) == backslash ? 2 : 1
        guard let high = at(p) else { return nil }
        isMember = isMember || (low <= byte && byte <= high)
        previous = nil
      } else {
        if symbol == backslash { p += 1 }
        guard let member = at(p) else { return nil }
        isMember = isMember || member == byte
        previous = member
      }
      p += 1
    }
    guard p < pattern.count else { return nil }
    return (isMember != isNegated, p)
  }

  private func at(_ index: Int) -> UInt8? { index < pattern.count ? pattern[index] : nil }
}

private let slash = UInt8(ascii: "/")
private let star = UInt8(ascii: "*")
private let backslash = UInt8(ascii: "\\")

private func isSpecial(_ byte: UInt8) -> Bool { Array("*?[\\".utf8).contains(byte) }

private let characterClasses: [String: @Sendable (UInt8) -> Bool] = [
  "alnum": { isDigit($0) || isLetter($0) },
  "alpha": { isLetter($0) },
  "blank": { $0 == 0x20 || $0 == 0x09 },
  "cntrl": { $0 < 0x20 || $0 == 0x7f },
  "digit": { isDigit($0) },
  "graph": { $0 > 0x20 && $0 < 0x7f },
  "lower": { isLetter($0) && $0 >= UInt8(ascii: "a") },
  "print": { $0 >= 0x20 && $0 < 0x7f },
  "punct": { $0 > 0x20 && $0 < 0x7f && !isDigit($0) && !isLetter($0) },
  "space": { $0 == 0x20 || (0x09...0x0d).contains($0) },
  "upper": { isLetter($0) && $0 <= UInt8(ascii: "Z") },
  "xdigit": { isDigit($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0) },
]

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

private func isLetter(_ byte: UInt8) -> Bool {
  (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
}
