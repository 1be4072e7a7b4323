/// One line of a skeleton's `.modes`: git keeps of a mode only whether a file can be executed, and
/// of a directory nothing.
///
///     2775 storage
///     700  storage/keys
///
/// It holds for the directory and for those below it, unless a later line speaks of them.
struct SkeletonMode: Sendable, Equatable {
  static let file = ".modes"

  let mode: Int
  let path: String

  /// Nil for what is no line of this form.
  init?(_ line: Substring) {
    let words = line.split(separator: " ").map(String.init)
    guard words.count == 2, let mode = Int(words[0], radix: 8), (0...0o7777).contains(mode)
    else { return nil }
    self.mode = mode
    path = words[1]
  }

  static func read(_ bytes: [UInt8]) -> [SkeletonMode] { lines(bytes).compactMap { Self($0) } }

  /// Without comments.
  static func lines(_ bytes: [UInt8]) -> [Substring] {
    String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .filter { !$0.hasPrefix("#") }
  }

  static func modes(of directories: [String], by lines: [SkeletonMode]) -> [String: Int] {
    directories.reduce(into: [:]) { modes, directory in
      let line = lines.last { directory == $0.path || directory.hasPrefix($0.path + "/") }
      if let line { modes[directory] = line.mode }
    }
  }
}
