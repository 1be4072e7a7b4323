import Digests
import Glibc
public import Planning

extension Tree {
  /// Reads every file once, by two threads and in a buffer of fixed size each.
  public func manifest(using algorithm: DigestAlgorithm) throws(ShippingError) -> Manifest {
    let threads = 2
    let parts = inParallel(threads) { [root, entries] part in
      Result { () throws(ShippingError) in
        var hashing = try TreeHashing(root: root, algorithm: algorithm)
        // Every other entry, so that both get their share of large and small directories.
        return try stride(from: part, to: entries.count, by: threads).map {
          (index) throws(ShippingError) in try hashing.entry(for: entries[index])
        }
      }
    }
    var all: [Manifest.Entry] = []
    for part in parts { all += try part.get() }
    return Manifest(algorithm: algorithm, entries: all)
  }
}

private struct TreeHashing: ~Copyable {
  let root: Descriptor
  let algorithm: DigestAlgorithm
  var buffer = [UInt8](repeating: 0, count: 256 * 1024)

  init(root: String, algorithm: DigestAlgorithm) throws(ShippingError) {
    self.root = try Descriptor.directory(root)
    self.algorithm = algorithm
  }

  mutating func entry(for entry: TreeEntry) throws(ShippingError) -> Manifest.Entry {
    switch entry.kind {
    case .directory: Manifest.Entry(path: entry.path, kind: .directory(mode: entry.mode))
    case .link(let target): Manifest.Entry(path: entry.path, kind: .link(target: target))
    case .file:
      Manifest.Entry(
        path: entry.path,
        kind: .file(mode: entry.mode, size: entry.size, digest: try digest(of: entry)))
    }
  }

  private mutating func digest(of entry: TreeEntry) throws(ShippingError) -> String {
    var reader = try FileReader(entry, under: root)
    var hash = algorithm.hash.init()
    while true {
      let count = try reader.read(into: &buffer)
      guard count > 0 else { return hex(hash.finish()) }
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
