import Digests
import Glibc
public import Operations
public import Planning
import Processes

/// A backup of shared data: a tar archive, compressed or not, of `tree/`, a manifest of it, and the list
/// of what had been harvested. Whoever has no `deploy` unpacks it with tar.
public struct BackupFile: Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  public struct Contents: Sendable {
    public var manifest: Manifest
    public var registry: [String]

    public var bytes: UInt64 { manifest.entries.reduce(0) { $0 + $1.fileSize } }
    public var files: Int { manifest.entries.count { $0.fileDigest != nil } }
  }

  /// Writes all parcels into one file under another name, reads that back, and only then gives it its own.
  /// What comes later replaces what came before. Never replaces a file.
  public func write(
    _ parcels: [SharedParcel], registry: [String], compression: Compression,
    algorithm: DigestAlgorithm
  ) throws(ShippingError) -> Contents {
    let partial = "\(path).partial-\(getpid())"
    let number = open(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw .system(action: "make", path: partial, code: errno) }
    let file = Descriptor(owning: number)
    defer { unlink(partial) }
    let contents = try fill(file, parcels, registry, compression, algorithm)
    guard fsync(file.number) == 0 else {
      throw .system(action: "write", path: partial, code: errno)
    }
    let back = try BackupFile(path: partial).verified()
    guard back.manifest == contents.manifest, back.registry == contents.registry else {
      throw .archive(member: path, problem: "what was read back is not what was written")
    }
    guard link(partial, path) == 0 else { throw .system(action: "make", path: path, code: errno) }
    return contents
  }

  /// Reads all of it and compares each file with its digest.
  public func verified() throws(ShippingError) -> Contents {
    let file = try Descriptor(path, O_RDONLY)
    var texts: [String: [UInt8]] = [:]
    var seen: [TreePath: String] = [:]
    // The first member says which one it is.
    var algorithm = DigestAlgorithm.sha256
    let form = try ArchiveForm(of: file, at: path)
    try ArchiveReading.read(file.number, form.compression, name: path) {
      (member, reader) throws(ShippingError) in
      let name = member.path.description
      guard let inner = member.path.inTree else {
        var text: [UInt8] = []
        _ = try reader.digest(using: .sha256) { (piece) throws(ShippingError) in text += piece }
        texts[name] = text
        if name == "algorithm" {
          algorithm = DigestAlgorithm(rawValue: String(decoding: text, as: UTF8.self)) ?? algorithm
        }
        return
      }
      guard member.kind == .file else { return }
      seen[inner] = try reader.digest(using: algorithm) { (_) throws(ShippingError) in }
    }
    return try judge(texts, seen, algorithm)
  }

  private func judge(
    _ texts: [String: [UInt8]], _ digests: [TreePath: String], _ algorithm: DigestAlgorithm
  ) throws(ShippingError) -> Contents {
    guard let text = texts["manifest"], texts["algorithm"] != nil else {
      throw .archive(member: path, problem: "no backup of ours: it has no manifest")
    }
    let manifest = try Manifest(text: text, algorithm: algorithm)
    for entry in manifest.entries {
      guard let digest = entry.fileDigest else { continue }
      guard digests[entry.path] == digest else {
        throw .archive(member: entry.path.shown, problem: "its content is not what its digest says")
      }
    }
    let lines = (texts["registry"] ?? []).split(separator: UInt8(ascii: "\n"))
    return Contents(
      manifest: manifest,
      registry: lines.compactMap { Escape.decode($0).map { String(decoding: $0, as: UTF8.self) } })
  }

  /// Lays a verified backup out as a tree that can be sent; whoever asked removes it. Links that lead
  /// out of `shared/` are left out: nothing is written through them on a host.
  public func tree(
    of contents: Contents, stateDirectory: String
  ) throws(ShippingError) -> (tree: Tree, leftOut: [TreePath]) {
    let leftOut = contents.manifest.entries.compactMap { entry -> TreePath? in
      guard case .link(let target) = entry.kind else { return nil }
      return entry.path.leavesTheRelease(linkingTo: target) ? entry.path : nil
    }
    let export = try Export(under: stateDirectory)
    do throws(ShippingError) {
      try export.unpack(artifact: path)
      let root = "\(export.tree)/tree"
      let entries = try TreeWalk(root: root, skipping: leftOut).entries()
      let origin = Origin(source: path)
      return (Tree(root: root, entries: entries, origin: origin, export: export), leftOut)
    } catch {
      export.remove()
      throw error
    }
  }

  private func fill(
    _ file: borrowing Descriptor, _ parcels: [SharedParcel], _ registry: [String],
    _ compression: Compression, _ algorithm: DigestAlgorithm
  ) throws(ShippingError) -> Contents {
    guard let words = compression.compressor else {
      return try TarFilling(file.number).fill(parcels, registry, algorithm)
    }
    let child: Child
    do {
      child = try Child.start(
        Command(words), input: .pipe, output: .descriptor(file.number), errors: .null)
    } catch {
      throw .missingProgram(words[0], purpose: "compress a backup")
    }
    // A program that ends early must show as an error here, not end us.
    signal(SIGPIPE, SIG_IGN)
    var result: Result<Contents, ShippingError>
    do throws(ShippingError) {
      result = .success(try TarFilling(child.input).fill(parcels, registry, algorithm))
    } catch {
      result = .failure(error)
    }
    close(child.input)
    let status = child.wait()
    if status != 0, case .success = result {
      result = .failure(.programFailed(words[0], status: status, words: ""))
    }
    return try result.get()
  }
}

/// Writes an archive to a descriptor that is somebody else's.
private struct TarFilling {
  private let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  func fill(
    _ parcels: [SharedParcel], _ registry: [String], _ algorithm: DigestAlgorithm
  ) throws(ShippingError) -> BackupFile.Contents {
    var entries: [TreePath: Manifest.Entry] = [:]
    try put("algorithm", Array(algorithm.rawValue.utf8))
    try put(TarWriter.header(Array("tree".utf8), .directory, mode: 0o755, modified: 0))
    for parcel in parcels {
      try parcel.read { (member, reader) throws(ShippingError) in
        if let kind = try put(member, &reader, algorithm) {
          entries[member.path] = Manifest.Entry(path: member.path, kind: kind)
        }
      }
    }
    let manifest = Manifest(algorithm: algorithm, entries: Array(entries.values))
    let book = registry.map { Escape.encode($0.utf8) + "\n" }.joined()
    try put("registry", Array(book.utf8))
    try put("manifest", manifest.text)
    try put(TarWriter.end)
    return BackupFile.Contents(manifest: manifest, registry: registry)
  }

  private func put(
    _ member: TarMember, _ reader: inout TarReader, _ algorithm: DigestAlgorithm
  ) throws(ShippingError) -> Manifest.Kind? {
    let name = Array("tree/".utf8) + member.path.bytes
    switch member.kind {
    case .directory:
      // A directory must be writable while it is filled.
      try put(
        TarWriter.header(
          name, .directory, mode: member.mode | 0o700, modified: member.modified))
      return .directory(mode: member.mode | 0o700)
    case .link(let target):
      try put(
        TarWriter.header(name, .link(target: target), mode: 0o777, modified: member.modified))
      return .link(target: target)
    case .hardLink: return nil
    case .file:
      try put(
        TarWriter.header(
          name, .file(size: member.size), mode: member.mode, modified: member.modified))
      let digest = try reader.digest(using: algorithm) { (piece) throws(ShippingError) in
        try put(piece)
      }
      try put(TarWriter.padding(afterBytes: member.size))
      return .file(mode: member.mode, size: member.size, digest: digest)
    }
  }

  private func put(_ name: String, _ text: [UInt8]) throws(ShippingError) {
    let size = UInt64(text.count)
    try put(
      TarWriter.header(Array(name.utf8), .file(size: size), mode: 0o600, modified: 0) + text
        + TarWriter.padding(afterBytes: size))
  }

  private func put(_ bytes: [UInt8]) throws(ShippingError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        guard errno == EINTR else {
          throw .system(action: "write", path: "the backup", code: errno)
        }
      } else {
        rest = rest.dropFirst(count)
      }
    }
  }
}

extension TreePath {
  /// Below `tree/`; nil for what is not.
  fileprivate var inTree: TreePath? {
    let parts = components
    guard parts.count > 1, parts.first.map({ $0.elementsEqual("tree".utf8) }) == true else {
      return nil
    }
    return TreePath(Array(bytes.dropFirst(5)))
  }
}
