import Glibc

/// A directory of our own under the state directory, in which a tree is laid out and built.
///
/// Its name holds our process id, so that a later run can tell what a dead one left behind.
struct Export: Sendable {
  /// Mode 0700: what is laid out here may hold secrets that a build reads.
  let path: String

  var tree: String { "\(path)/tree" }

  init(under stateDirectory: String) throws(ShippingError) {
    let home = Self.home(stateDirectory)
    // A fresh account has no ~/.local/state.
    var directory = ""
    for part in home.split(separator: "/") {
      directory += "/\(part)"
      guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
        throw .system(action: "make", path: directory, code: errno)
      }
    }
    var template = cString("\(home)/\(getpid())-XXXXXX".utf8)
    guard mkdtemp(&template) != nil else {
      throw .system(action: "make a directory in", path: home, code: errno)
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard mkdir(tree, 0o755) == 0 else {
      let code = errno
      remove()
      throw .system(action: "make", path: tree, code: code)
    }
  }

  func remove() { removeTree(path) }

  /// Removes what processes left that were killed before they could.
  static func sweep(under stateDirectory: String) {
    let home = home(stateDirectory)
    guard access("/proc/self", F_OK) == 0, let names = try? Descriptor.directory(home).names()
    else { return }
    for name in names.map({ String(decoding: $0, as: UTF8.self) }) {
      guard let pid = Int32(name.prefix { $0 != "-" }), access("/proc/\(pid)", F_OK) != 0
      else { continue }
      removeTree("\(home)/\(name)")
    }
  }

  private static func home(_ stateDirectory: String) -> String { "\(stateDirectory)/exports" }
}

/// Removes a directory and all below it, never through a link.
private func removeTree(_ path: String) {
  guard let directory = try? Descriptor.directory(path) else { return }
  empty(directory)
  rmdir(path)
}

private func empty(_ directory: borrowing Descriptor) {
  // Go's module cache, for one, is made of directories that even their owner may not write to.
  fchmod(directory.number, 0o700)
  for name in directory.names() ?? [] where unlinkat(directory.number, cString(name), 0) != 0 {
    // A directory without permissions cannot be opened before it gets some.
    if let status = directory.status(of: name), status.st_mode & S_IFMT == S_IFDIR {
      fchmodat(directory.number, cString(name), 0o700, 0)
    }
    if let child = directory.open(name, O_RDONLY | O_DIRECTORY) { empty(child) }
    unlinkat(directory.number, cString(name), AT_REMOVEDIR)
  }
}
