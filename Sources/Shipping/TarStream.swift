import Digests
import Planning

/// The bytes of the archive that a server unpacks: the manifest, then the tree it describes.
struct TarStream: ~Copyable, Sendable {
  private let root: Descriptor
  private let entries: [TreeEntry]
  private let manifest: Manifest
  /// The member `manifest` and the directory `tree/`, which are sent first.
  private var head: [UInt8]?
  private var index = 0
  private var current: OpenFile?
  private var isAtEnd = false
  private(set) var shipped = Shipped()
  private var buffer = [UInt8](repeating: 0, count: chunk)

  static let chunk = 256 * 1024

  init(tree: Tree, manifest: Manifest) throws(ShippingError) {
    guard tree.entries.map(\.path) == manifest.entries.map(\.path) else { throw .foreignManifest }
    root = try Descriptor.directory(tree.root)
    entries = tree.entries
    self.manifest = manifest
    for entry in entries where entry.kind == .file { shipped.expect(fileOf: entry.size) }
    let text = manifest.text
    let size = UInt64(text.count)
    head =
      TarWriter.header(Array("manifest".utf8), .file(size: size), mode: 0o644, modified: 0)
      + text + TarWriter.padding(afterBytes: size)
      + TarWriter.header(Array("tree".utf8), .directory, mode: 0o755, modified: 0)
  }

  /// The next piece; empty at the end.
  mutating func next() throws(ShippingError) -> [UInt8] {
    if let first = head.take() { return first }
    var out: [UInt8] = []
    while out.count < Self.chunk, !isAtEnd {
      if current != nil {
        out += try contents()
      } else if index < entries.count {
        out += try beginEntry()
        index += 1
      } else {
        out += closingModes + TarWriter.end
        isAtEnd = true
      }
    }
    return out
  }

  private mutating func beginEntry() throws(ShippingError) -> [UInt8] {
    let entry = entries[index]
    switch (entry.kind, manifest.entries[index].kind) {
    case (.directory, .directory):
      // Busybox sets the mode at once: a directory must be writable while it is filled.
      return header(entry, .directory, mode: entry.mode | 0o700)
    case (.link(let target), .link):
      return header(entry, .link(target: target), mode: 0o777)
    case (.file, .file(_, entry.size, let digest)):
      current = OpenFile(
        reader: try FileReader(entry, under: root), hash: manifest.algorithm.hash.init(),
        digest: digest, path: entry.path)
      return header(entry, .file(size: entry.size), mode: entry.mode)
    default: throw .foreignManifest
    }
  }

  /// A piece of the open file. At its end its digest must be the one that was promised: a file
  /// that was rewritten in place, keeping size and time, shows only there.
  private mutating func contents() throws(ShippingError) -> [UInt8] {
    guard var file = current.take() else { return [] }
    let count = try file.reader.read(into: &buffer)
    guard count > 0 else {
      guard hex(file.hash.finish()) == file.digest else { throw .changed(file.path) }
      shipped.files += 1
      return TarWriter.padding(afterBytes: file.size)
    }
    buffer.withUnsafeBytes { bytes in
      file.hash.update(UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
    }
    current = consume file
    shipped.bytes += count
    return Array(buffer[..<count])
  }

  /// Directories that their owner may not write to get their own mode when all is unpacked.
  /// Busybox does so for root only: for others the server must set these modes by the manifest.
  private var closingModes: [UInt8] {
    entries.reversed().filter { $0.kind == .directory && $0.mode & 0o700 != 0o700 }
      .flatMap { header($0, .directory, mode: $0.mode) }
  }

  private func header(_ entry: TreeEntry, _ kind: TarWriter.Kind, mode: UInt32) -> [UInt8] {
    TarWriter.header(
      Array("tree/".utf8) + entry.path.bytes, kind, mode: mode,
      modified: Int64(entry.modified.seconds))
  }
}

private struct OpenFile: ~Copyable, Sendable {
  var reader: FileReader
  var hash: any HashFunction
  let digest: String
  let path: TreePath
  let size: UInt64

  init(reader: consuming FileReader, hash: any HashFunction, digest: String, path: TreePath) {
    size = reader.remaining
    self.reader = reader
    self.hash = hash
    self.digest = digest
    self.path = path
  }
}
