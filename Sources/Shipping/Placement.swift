import Digests
import Glibc
public import Planning

/// Puts what a host sent into a directory of this machine: never through a link, never over a file that
/// is there unless that was asked for, and by no name that is seen half written.
public struct Placement: Sendable {
  private let directory: String
  /// The path that was asked for: what is below it lands in the directory.
  private let origin: TreePath
  private let replaces: Bool

  public init(of origin: String, in directory: String, replacing: Bool) {
    self.origin = TreePath(origin)
    self.directory = directory
    replaces = replacing
  }

  public struct Result: Sendable, Equatable {
    public var files = 0
    public var bytes: UInt64 = 0
    /// Links that lead elsewhere, and what is no file, directory or link.
    public var leftOut: [TreePath] = []

    public init() {}
  }

  /// Files that are here already with another content.
  public func conflicts(with parcel: SharedParcel) throws(ShippingError) -> [TreePath] {
    guard access(directory, F_OK) == 0 else { return [] }
    let root = try Descriptor.directory(directory)
    var found: [TreePath] = []
    for entry in parcel.entries {
      guard let place = place(of: entry.path), entry.fileDigest != nil,
        let parent = open(place, under: root), let name = place.components.last
      else { continue }
      guard let status = parent.status(of: name) else { continue }
      if status.st_mode & S_IFMT == S_IFREG,
        try digest(of: name, in: parent, parcel) == entry.fileDigest
      {
        continue
      }
      found.append(place)
    }
    return found.sorted()
  }

  public func place(_ parcel: SharedParcel, into result: inout Result) throws(ShippingError) {
    guard mkdir(directory, 0o755) == 0 || errno == EEXIST else {
      throw .system(action: "make", path: directory, code: errno)
    }
    let root = try Descriptor.directory(directory)
    var wanted: [TreePath: Manifest.Entry] = [:]
    for entry in parcel.entries { wanted[entry.path] = entry }
    var total = result
    try parcel.read { (member, reader) throws(ShippingError) in
      guard let entry = wanted[member.path], let place = place(of: member.path) else { return }
      switch (member.kind, entry.kind) {
      case (.directory, .directory):
        if member.path != origin { _ = try make(place, under: root) }
      case (.link(let target), .link):
        if place.leavesTheRelease(linkingTo: target) {
          total.leftOut.append(place)
        } else {
          try link(place, to: target, under: root)
        }
      case (.file, .file(let mode, _, let digest)):
        let parent = try makeParent(of: place, under: root)
        let isPlaced = try write(
          member, &reader, digest, mode, as: place, in: parent, parcel)
        if isPlaced {
          total.files += 1
          total.bytes += member.size
        }
      default: total.leftOut.append(place)
      }
    }
    result = total
  }

  /// False for what is not what was listed: it was changed meanwhile, and comes again.
  private func write(
    _ member: TarMember, _ reader: inout TarReader, _ digest: String, _ mode: UInt32,
    as place: TreePath, in parent: borrowing Descriptor, _ parcel: SharedParcel
  ) throws(ShippingError) -> Bool {
    let part = Array(".deploy-part-\(getpid())".utf8)
    unlinkat(parent.number, cString(part), 0)
    guard let file = parent.open(part, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600) else {
      throw failure("make", place)
    }
    let new = NewFile(path: place, file: file)
    do throws(ShippingError) {
      let got = try reader.digest(using: parcel.algorithm) { (piece) throws(ShippingError) in
        try new.write(piece)
      }
      guard got == digest else {
        unlinkat(parent.number, cString(part), 0)
        return false
      }
      try new.finish(mode: mode, modified: member.modified)
    } catch {
      unlinkat(parent.number, cString(part), 0)
      throw error
    }
    defer { unlinkat(parent.number, cString(part), 0) }
    let name = cString(place.components.last ?? [])
    if replaces {
      guard renameat(parent.number, cString(part), parent.number, name) == 0 else {
        throw failure("replace", place)
      }
    } else {
      guard linkat(parent.number, cString(part), parent.number, name, 0) == 0 || errno == EEXIST
      else { throw failure("make", place) }
    }
    return true
  }

  private func digest(
    of name: ArraySlice<UInt8>, in parent: borrowing Descriptor, _ parcel: SharedParcel
  ) throws(ShippingError) -> String? {
    guard let file = parent.open(name, O_RDONLY | O_NONBLOCK) else { return nil }
    var hash = parcel.algorithm.hash.init()
    var buffer = [UInt8](repeating: 0, count: 256 * 1024)
    while true {
      let count = buffer.withUnsafeMutableBytes { file.read(into: $0) }
      guard count >= 0 else { return nil }
      guard count > 0 else { return hex(hash.finish()) }
      buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
    }
  }

  private func link(
    _ place: TreePath, to target: [UInt8], under root: borrowing Descriptor
  ) throws(ShippingError) {
    let parent = try makeParent(of: place, under: root)
    let name = cString(place.components.last ?? [])
    guard symlinkat(cString(target), parent.number, name) == 0 || errno == EEXIST else {
      throw failure("make", place)
    }
  }

  private func makeParent(
    of place: TreePath, under root: borrowing Descriptor
  ) throws(ShippingError) -> Descriptor {
    let parent = place.ancestors.last ?? TreePath("")
    return try make(parent, under: root)
  }

  /// Opens a directory below the root step by step; what is missing is made.
  private func make(
    _ place: TreePath, under root: borrowing Descriptor
  ) throws(ShippingError) -> Descriptor {
    guard var open = root.open(Array(".".utf8), O_RDONLY | O_DIRECTORY) else {
      throw failure("read", place)
    }
    for component in place.bytes.isEmpty ? [] : place.components {
      _ = mkdirat(open.number, cString(component), 0o755)
      guard let next = open.open(component, O_RDONLY | O_DIRECTORY) else {
        throw failure("write in", place)
      }
      open = next
    }
    return open
  }

  private func open(_ place: TreePath, under root: borrowing Descriptor) -> Descriptor? {
    guard var open = root.open(Array(".".utf8), O_RDONLY | O_DIRECTORY) else { return nil }
    for component in place.components.dropLast() {
      guard let next = open.open(component, O_RDONLY | O_DIRECTORY) else { return nil }
      open = next
    }
    return open
  }

  /// Where a path of the host lands; nil for the directory that was asked for, and for strangers.
  private func place(of path: TreePath) -> TreePath? {
    if path == origin { return TreePath(Array(path.components.last ?? [])) }
    let prefix = origin.bytes + [UInt8(ascii: "/")]
    guard path.bytes.starts(with: prefix) else { return nil }
    return TreePath(Array(path.bytes.dropFirst(prefix.count)))
  }

  private func failure(_ action: String, _ place: TreePath) -> ShippingError {
    .system(action: action, path: "\(directory)/\(place.shown)", code: errno)
  }
}
