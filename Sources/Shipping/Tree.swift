import Planning

/// A tree on this machine that is ready to ship: walked, checked and free of what stays at home.
public struct Tree: Sendable {
  public let root: String
  /// Sorted by path, directories before what they hold.
  public let entries: [TreeEntry]
  public let origin: Origin
  let export: Export?

  /// Of a directory as it is, with every rule applied already.
  public init(root: String, entries: [TreeEntry], origin: Origin) {
    self.init(root: root, entries: entries, origin: origin, export: nil)
  }

  init(root: String, entries: [TreeEntry], origin: Origin, export: Export?) {
    self.root = root
    self.entries = entries
    self.origin = origin
    self.export = export
  }

  /// A file of the tree, whole; nil when the tree has no such file. Nobody's settings need a longer one.
  public func contents(of path: String) throws(ShippingError) -> [UInt8]? {
    guard
      let entry = entries.first(where: { $0.path.bytes == Array(path.utf8) && $0.kind == .file }),
      entry.size < 1 << 20
    else { return nil }
    let directory = try Descriptor.directory(root)
    var reader = try FileReader(entry, under: directory)
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = try reader.read(into: &buffer)
      guard count > 0 else { return contents }
      contents += buffer[..<count]
    }
  }

  /// Deletes the export that was made for this tree; a checkout is never touched.
  public func remove() { export?.remove() }
}

/// Where a tree came from, for the ledger and for people.
public struct Origin: Sendable, Equatable {
  /// As the configuration says it: `git main`, `directory .`, `artifact dist/shop.tar.gz`.
  public var source: String
  public var commit: String?
  public var subject: String?
  /// The branch that was asked for, or that HEAD is on.
  public var branch: String?
  /// The checkout holds changes that no commit has: a git source ships without them,
  /// a directory source with them.
  public var isDirty: Bool

  public init(
    source: String, commit: String? = nil, subject: String? = nil, branch: String? = nil,
    isDirty: Bool = false
  ) {
    self.source = source
    self.commit = commit
    self.subject = subject
    self.branch = branch
    self.isDirty = isDirty
  }
}
