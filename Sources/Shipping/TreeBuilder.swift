import Glibc
import Planning

/// Lays a tree out in an empty directory, without ever following a link.
///
/// What it made it remembers: an archive may replace a member by one of the same type, as tar
/// does, but not turn a directory into a link and then write through it.
struct TreeBuilder: ~Copyable {
  private let root: Descriptor
  private var made: [TreePath: Kind] = [:]
  /// Set at the end: a directory without write permission could not be filled.
  private var modes: [(TreePath, mode_t)] = []

  private enum Kind {
    case file
    case directory
    case link
  }

  init(in root: String) throws(ShippingError) {
    let directory = try Descriptor.directory(root)
    guard directory.names() == [] else {
      throw .system(action: "fill", path: root, code: ENOTEMPTY)
    }
    self.root = directory
  }

  mutating func makeDirectory(_ path: TreePath, mode: UInt32) throws(ShippingError) {
    let parent = try parent(of: path)
    if try !claim(path, .directory), mkdirat(parent.number, name(of: path), 0o700) != 0 {
      throw failure("make", path)
    }
    modes.append((path, mode_t(mode)))
  }

  mutating func makeLink(_ path: TreePath, to target: [UInt8]) throws(ShippingError) {
    let parent = try parent(of: path)
    if try claim(path, .link) { unlinkat(parent.number, name(of: path), 0) }
    guard symlinkat(cString(target), parent.number, name(of: path)) == 0 else {
      throw failure("make", path)
    }
  }

  /// The file is open for writing; ``NewFile/finish(mode:modified:)`` completes it.
  mutating func makeFile(_ path: TreePath) throws(ShippingError) -> NewFile {
    let parent = try parent(of: path)
    if try claim(path, .file) { unlinkat(parent.number, name(of: path), 0) }
    guard
      let file = parent.open(Array(lastComponent(path)), O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
    else { throw failure("make", path) }
    return NewFile(path: path, file: file)
  }

  /// A hard link becomes a copy: a release shares no file with anything. Returns its size, which
  /// an archive of a few bytes could make large, so that it is bounded as other contents are.
  mutating func makeCopy(
    _ path: TreePath, of original: TreePath, upTo mostBytes: UInt64
  ) throws(ShippingError) -> UInt64 {
    guard made[original] == .file, path != original else {
      throw .archive(member: path.shown, problem: "a hard link to what is no earlier file")
    }
    let parent = try parent(of: original)
    guard let source = parent.open(Array(lastComponent(original)), O_RDONLY),
      let status = source.status
    else { throw failure("read", original) }
    guard UInt64(status.st_size) <= mostBytes else {
      throw .archive(member: path.shown, problem: "a copy that makes the archive too large")
    }
    let copy = try makeFile(path)
    var buffer = [UInt8](repeating: 0, count: 256 * 1024)
    while true {
      let count = buffer.withUnsafeMutableBytes { source.read(into: $0) }
      guard count >= 0 else { throw failure("read", original) }
      guard count > 0 else { break }
      try copy.write(count == buffer.count ? buffer : Array(buffer[..<count]))
    }
    try copy.finish(mode: status.st_mode & 0o777, modified: Int64(status.st_mtim.tv_sec))
    return UInt64(status.st_size)
  }

  /// Gives the directories their modes, the deepest first.
  mutating func finish() throws(ShippingError) {
    for (path, mode) in modes.sorted(by: { $0.0 > $1.0 }) {
      let parent = try parent(of: path)
      guard fchmodat(parent.number, name(of: path), mode, 0) == 0 else {
        throw failure("set the mode of", path)
      }
    }
    modes = []
  }

  /// Opens step by step from the root; what is missing on the way is made.
  private mutating func parent(of path: TreePath) throws(ShippingError) -> Descriptor {
    guard var directory = root.open(Array(".".utf8), O_RDONLY | O_DIRECTORY) else {
      throw failure("read", path)
    }
    for ancestor in path.ancestors {
      if try !claim(ancestor, .directory) {
        guard mkdirat(directory.number, name(of: ancestor), 0o700) == 0 else {
          throw failure("make", ancestor)
        }
        modes.append((ancestor, 0o755))
      }
      guard let next = directory.open(Array(lastComponent(ancestor)), O_RDONLY | O_DIRECTORY) else {
        throw failure("read", ancestor)
      }
      directory = next
    }
    return directory
  }

  /// Whether the path was made before, as the same kind; as another it is refused.
  private mutating func claim(_ path: TreePath, _ kind: Kind) throws(ShippingError) -> Bool {
    guard let old = made.updateValue(kind, forKey: path) else { return false }
    guard old == kind else {
      throw .archive(member: path.shown, problem: "a \(kind) where a \(old) was")
    }
    return true
  }

  private func lastComponent(_ path: TreePath) -> ArraySlice<UInt8> { path.components.last ?? [] }

  private func name(of path: TreePath) -> [CChar] { cString(lastComponent(path)) }

  private func failure(_ action: String, _ path: TreePath) -> ShippingError {
    .system(action: action, path: path.shown, code: errno)
  }
}

/// A file that is being written.
struct NewFile: ~Copyable {
  let path: TreePath
  let file: Descriptor

  func write(_ bytes: [UInt8]) throws(ShippingError) {
    guard file.write(bytes) else {
      throw .system(action: "write", path: path.shown, code: errno)
    }
  }

  consuming func finish(mode: UInt32, modified: Int64) throws(ShippingError) {
    var times = [timespec(tv_sec: Int(modified), tv_nsec: 0), timespec()]
    times[1] = times[0]
    guard fchmod(file.number, mode_t(mode)) == 0, futimens(file.number, times) == 0 else {
      throw .system(action: "write", path: path.shown, code: errno)
    }
  }
}
