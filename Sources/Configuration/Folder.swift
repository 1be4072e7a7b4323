import FoundationEssentials
import Glibc

/// The place from which relative paths of a configuration start.
struct Folder: Sendable, Equatable {
  /// Absolute.
  let path: String
  private let home: String?

  /// The folder that holds a file.
  init(of file: String, home: String?) {
    let working = FileManager.default.currentDirectoryPath
    let absolute = file.hasPrefix("/") ? file : "\(working)/\(file)"
    path = Self.tidied("\(absolute)/..")
    self.home = home
  }

  /// Makes a path absolute, by its text alone: it need not exist.
  func resolve(_ text: String) -> String {
    if let home, text == "~" || text.hasPrefix("~/") { return Self.tidied(home + text.dropFirst()) }
    return Self.tidied(text.hasPrefix("/") ? text : "\(path)/\(text)")
  }

  static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? ""
  }

  static func isInGitWorkTree(_ path: String) -> Bool {
    var folder = path
    while true {
      // A file, not a directory, in a submodule and in an added work tree.
      if access("\(folder)/.git", F_OK) == 0 { return true }
      guard folder != "/" else { return false }
      folder = tidied("\(folder)/..")
    }
  }

  private static func tidied(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}
