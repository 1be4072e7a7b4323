import Digests
import Planning

/// The bytes of an archive that a server unpacks.
struct TarStream: ~Copyable, Sendable {
  private let root: Descriptor
  private let entries: [TreeEntry]
  private let manifest: Manifest
  private let members: [Member]
  private var index = 0
  private var current: OpenFile?
  private var isAtEnd = false
  private(set) var shipped = Shipped()
  private var buffer = [UInt8](repeating: 0, count: chunk)

  static let chunk = 256 * 1024

  enum Member: Sendable {
    /// A file beside the tree.
    case text(String, [UInt8])
    /// The directory `tree/` itself.
    case top
    /// What stands at this index of the tree.
    case entry(Int)
    /// A directory once more, when all that is in it has arrived.
    case closing(Int)
    /// The file at this index, which the server has under another name.
    case move(from: TreePath, to: Int)
  }

  /// The manifest, then the whole tree that it describes.
  init(tree: Tree, manifest: Manifest) throws(ShippingError) {
    // Directories that their owner may not write to get their own mode when all is unpacked.
    // Busybox does so for root only: for others the server must set these modes by the manifest.
    let closed = tree.entries.indices.reversed().filter {
      tree.entries[$0].kind == .directory && tree.entries[$0].mode & 0o700 != 0o700
    }
    try self.init(
      tree: tree, manifest: manifest,
      members: [.text("manifest", manifest.text), .top] + tree.entries.indices.map(Member.entry)
        + closed.map(Member.closing))
  }

  init(tree: Tree, manifest: Manifest, members: [Member]) throws(ShippingError) {
    guard tree.entries.map(\.path) == manifest.entries.map(\.path) else { throw .foreignManifest }
    root = try Descriptor.directory(tree.root)
    entries = tree.entries
    self.manifest = manifest
    self.members = members
    for case .entry(let index) in members where entries[index].kind == .file {
      shipped.expect(fileOf: entries[index].size)
    }
  }

  /// The next piece; empty at the end.
  mutating func next() throws(ShippingError) -> [UInt8] {
    var out: [UInt8] = []
    while out.count < Self.chunk, !isAtEnd {
      if current != nil {
        out += try contents()
      } else if index < members.count {
        out += try begin(members[index])
        index += 1
      } else {
        out += TarWriter.end
        isAtEnd = true
      }
    }
    return out
  }

  private mutating func begin(_ member: Member) throws(ShippingError) -> [UInt8] {
    switch member {
    case .text(let name, let text):
      let size = UInt64(text.count)
      return TarWriter.header(Array(name.utf8), .file(size: size), mode: 0o644, modified: 0)
        + text + TarWriter.padding(afterBytes: size)
    case .top: return TarWriter.header(Array("tree".utf8), .directory, mode: 0o755, modified: 0)
    case .entry(let index): return try beginEntry(index)
    case .closing(let index):
      return header(entries[index], .directory, mode: entries[index].mode)
    case .move(let source, let index):
      return header(
        entries[index], .sameAs(Array("tree/".utf8) + source.bytes), mode: entries[index].mode)
    }
  }

  private mutating func beginEntry(_ index: Int) throws(ShippingError) -> [UInt8] {
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
