public import Planning

/// Which paths stay at home: rules in the language of `.gitignore`, the last match decides.
public struct IgnoreRules: Sendable, Equatable {
  private var rules: [Rule] = []

  /// Where a project keeps its own rules, in the root of what is shipped.
  public static let fileName = ".deployignore"

  public init(lines: [String] = []) {
    for line in lines { append(line: Array(line.utf8)[...]) }
  }

  /// Adds the rules of a file; a byte order mark and carriage returns are no part of them.
  public mutating func append(file text: [UInt8]) {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    for line in text.dropFirst(text.starts(with: mark) ? 3 : 0).split(separator: 0x0a) {
      append(line: line.last == 0x0d ? line.dropLast() : line)
    }
  }

  public mutating func append(_ others: IgnoreRules) { rules += others.rules }

  /// Whether the path, or a directory above it, is excluded: what is below an excluded directory
  /// cannot be brought back.
  public func excludes(_ path: TreePath, isDirectory: Bool) -> Bool {
    path.ancestors.contains { excludesItself($0, isDirectory: true) }
      || excludesItself(path, isDirectory: isDirectory)
  }

  /// For a walk, which does not enter what is excluded.
  func excludesItself(_ path: TreePath, isDirectory: Bool) -> Bool {
    guard
      let decisive = rules.last(where: { $0.matches(path, isDirectory: isDirectory) })
    else { return false }
    return !decisive.isNegated
  }

  private mutating func append(line: ArraySlice<UInt8>) {
    guard line.first != UInt8(ascii: "#"), let rule = Rule(line) else { return }
    rules.append(rule)
  }
}

private struct Rule: Sendable, Equatable {
  let isNegated: Bool
  let onlyDirectories: Bool
  /// Rules with a slash that is not their last byte count from the root, others at any depth.
  let isAnchored: Bool
  let pattern: WildPattern

  init?(_ line: ArraySlice<UInt8>) {
    var text = Self.withoutTrailingBlanks(line)
    isNegated = text.first == UInt8(ascii: "!")
    if isNegated { text = text.dropFirst() }
    onlyDirectories = text.last == slash
    if onlyDirectories { text = text.dropLast() }
    isAnchored = text.contains(slash)
    if text.first == slash { text = text.dropFirst() }
    guard !text.isEmpty else { return nil }
    pattern = WildPattern(bytes: Array(text))
  }

  func matches(_ path: TreePath, isDirectory: Bool) -> Bool {
    guard isDirectory || !onlyDirectories else { return false }
    guard !isAnchored else { return pattern.matches(path.bytes[...]) }
    let name = path.bytes.lastIndex(of: slash).map { path.bytes[($0 + 1)...] } ?? path.bytes[...]
    return pattern.matches(name)
  }

  /// Blanks at the end do not count unless a backslash stands before them.
  private static func withoutTrailingBlanks(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var end = line.startIndex
    var index = line.startIndex
    while index < line.endIndex {
      let isEscape = line[index] == UInt8(ascii: "\\")
      if isEscape { index += 1 }
      if isEscape || line[index] != UInt8(ascii: " ") { end = min(index + 1, line.endIndex) }
      index += 1
    }
    return line[..<end]
  }
}

private let slash = UInt8(ascii: "/")
