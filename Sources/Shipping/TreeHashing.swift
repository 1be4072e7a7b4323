import Digests
import Glibc
public import Planning

extension Tree {
  /// Reads every file once, by two threads and in a buffer of fixed size each; not those of a directory whose
  /// digests the cache still knows.
  public func manifest(
    using algorithm: DigestAlgorithm, remembering cache: HashCache? = nil
  ) throws(ShippingError) -> Manifest {
    // An export is new each time.
    let cache = export == nil ? cache : nil
    let known = cache?.recall(root, algorithm) ?? RememberedHashes()
    let settled = Moment.settled
    let threads = 2
    let parts = inParallel(threads) { [root, entries] part in
      Result { () throws(ShippingError) in
        var hashing = try TreeHashing(root: root, algorithm: algorithm, known: known)
        // Every other entry, so that both get their share of large and small directories.
        for index in stride(from: part, to: entries.count, by: threads) {
          try hashing.add(entries[index])
        }
        return hashing.result
      }
    }
    var all: [Manifest.Entry] = []
    var learned: [(entry: TreeEntry, digest: [UInt8])] = []
    var reads = 0
    for part in parts {
      let part = try part.get()
      all += part.entries
      learned += part.digests.filter { $0.entry.changed < settled && $0.entry.modified < settled }
      reads += part.reads
    }
    if let cache, reads > 0 || learned.count != known.count {
      cache.keep(RememberedHashes(learned), of: root, algorithm)
    }
    return Manifest(algorithm: algorithm, entries: all)
  }
}

private typealias Moment = TreeEntry.Moment

extension TreeEntry.Moment {
  /// What was written after this moment may be written again without a sign: the clock of a file system ticks
  /// in steps, of some in steps of two seconds. Such files are read again the next time.
  fileprivate static var settled: Self {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Self(seconds: now.tv_sec - 3, nanoseconds: now.tv_nsec)
  }

  fileprivate static func < (left: Self, right: Self) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}

private struct TreeHashing: ~Copyable {
  let root: Descriptor
  let algorithm: DigestAlgorithm
  let known: RememberedHashes
  var result = Hashed()
  var buffer = [UInt8](repeating: 0, count: 256 * 1024)

  struct Hashed: Sendable {
    var entries: [Manifest.Entry] = []
    var digests: [(entry: TreeEntry, digest: [UInt8])] = []
    var reads = 0
  }

  init(root: String, algorithm: DigestAlgorithm, known: RememberedHashes) throws(ShippingError) {
    self.root = try Descriptor.directory(root)
    self.algorithm = algorithm
    self.known = known
  }

  mutating func add(_ entry: TreeEntry) throws(ShippingError) {
    result.entries.append(Manifest.Entry(path: entry.path, kind: try kind(of: entry)))
  }

  private mutating func kind(of entry: TreeEntry) throws(ShippingError) -> Manifest.Kind {
    switch entry.kind {
    case .directory: return .directory(mode: entry.mode)
    case .link(let target): return .link(target: target)
    case .file:
      let digest: [UInt8]
      if let remembered = known.digest(of: entry) {
        digest = remembered
      } else {
        digest = try read(entry)
        result.reads += 1
      }
      result.digests.append((entry, digest))
      return .file(mode: entry.mode, size: entry.size, digest: hex(digest))
    }
  }

  private mutating func read(_ entry: TreeEntry) throws(ShippingError) -> [UInt8] {
    var reader = try FileReader(entry, under: root)
    var hash = algorithm.hash.init()
    while true {
      let count = try reader.read(into: &buffer)
      guard count > 0 else { return hash.finish() }
      buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
    }
  }
}

extension DigestAlgorithm {
  var hash: any HashFunction.Type {
    switch self {
    case .blake2b256: BLAKE2b.self
    case .sha256: SHA256.self
    }
  }
}
