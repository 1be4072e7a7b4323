import Digests
import Glibc
import Planning

/// Remembers the digests of files between two pushes of one directory.
///
/// A file is known by its device, inode, size and both its times. The time of its last change (`ctime`) is what
/// makes that safe: a program that rewrites a file and puts its `mtime` back, as `rsync -t`, `touch -r` and archives
/// do, cannot put that one back. Deleting the cache costs a second; whatever is odd about it, it is as if there
/// were none.
///
/// Not for commits: a checkout of them is new each time, and git's own blob ids name the bytes before filters and
/// `export-subst`, which are not the bytes that are shipped.
public struct HashCache: Sendable {
  /// Ours alone (0700); made when there is something to keep.
  let directory: String

  /// Trees that are remembered, the last used ones.
  static let mostTrees = 16
  /// A tree beyond this is hashed anew each time: its cache would be 40 MB.
  static let mostFiles = 500_000

  public init(directory: String) { self.directory = directory }

  /// What is known of a tree; empty when nothing is, or nothing that can be trusted.
  func recall(_ root: String, _ algorithm: DigestAlgorithm) -> RememberedHashes {
    guard isOurs, let bytes = read("\(directory)/\(name(root, algorithm))") else {
      return RememberedHashes()
    }
    return RememberedHashes(fileContents: bytes)
  }

  /// A failure leaves the cache as it was.
  func keep(_ hashes: RememberedHashes, of root: String, _ algorithm: DigestAlgorithm) {
    guard hashes.count <= Self.mostFiles, makeDirectory() else { return }
    let path = "\(directory)/\(name(root, algorithm))"
    let draft = "\(path).\(getpid())"
    let number = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard number >= 0 else { return }
    let isWritten = Descriptor(owning: number).write(hashes.fileContents)
    if !isWritten || rename(draft, path) != 0 { unlink(draft) }
    forgetOldest()
  }

  private func name(_ root: String, _ algorithm: DigestAlgorithm) -> String {
    "\(hex(SHA256.hash(Array(root.utf8))).prefix(24)).\(algorithm.rawValue)"
  }

  /// What others may write to could tell us to ship something else.
  private var isOurs: Bool {
    guard let status = try? Descriptor.directory(directory).status else { return false }
    return status.st_uid == geteuid() && status.st_mode & 0o077 == 0
  }

  private func makeDirectory() -> Bool {
    var path = ""
    for part in directory.split(separator: "/") {
      path += "/\(part)"
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else { return false }
    }
    return isOurs
  }

  private func read(_ path: String) -> [UInt8]? {
    guard let file = try? Descriptor(path, O_RDONLY | O_NOFOLLOW), let status = file.status,
      status.st_mode & S_IFMT == S_IFREG, status.st_size <= RememberedHashes.largestFile
    else { return nil }
    var contents = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < contents.count {
      let count = contents.withUnsafeMutableBytes {
        file.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
      }
      guard count > 0 else { return nil }
      filled += count
    }
    return contents
  }

  private func forgetOldest() {
    guard let open = try? Descriptor.directory(directory), let names = open.names(),
      names.count > Self.mostTrees
    else { return }
    let byAge = names.sorted {
      (open.status(of: $0)?.st_mtim.tv_sec ?? 0) > (open.status(of: $1)?.st_mtim.tv_sec ?? 0)
    }
    for name in byAge.dropFirst(Self.mostTrees) { unlinkat(open.number, cString(name), 0) }
  }
}
