import Operations
public import Planning

/// What must cross so that a server which has one tree can make another of it. Digests alone decide.
///
/// A content crosses once, wherever it stood before: what was moved is linked under its new name before
/// the old one goes, what is there twice is copied on the server.
public struct Delta: Sendable {
  /// The new manifest, told by the old one.
  let manifest: [UInt8]
  /// Indices into the new manifest, in its order.
  private(set) var directories: [Int] = []
  private(set) var contents: [Int] = []
  private(set) var links: [Int] = []
  /// Files that another path of the old tree holds, which no longer needs them: to a free name, or over another
  /// file, which may have to be moved before.
  private(set) var freeNames: [Move] = []
  private(set) var takenNames: [Move] = []
  private(set) var copies: [(from: TreePath, to: TreePath)] = []
  /// What unpacking does not give its mode.
  private(set) var modes: [(mode: UInt32, path: TreePath)] = []
  /// Of the contents that cross.
  public private(set) var bytes: UInt64 = 0

  struct Move {
    var from: TreePath
    var to: Int
  }

  /// A command for a copy is longer than these.
  private static let leastCopied: UInt64 = 512

  public var fileCount: Int { contents.count }

  /// `lacking` are lines of the old manifest, counted from 1, that the server has no longer.
  public init(from base: Manifest, to new: Manifest, lacking: Set<Int> = []) {
    manifest = ManifestDelta.text(from: base, to: new)
    let before = Before(base, new, lacking)
    var unmade: [(index: Int, digest: String)] = []
    var providers: [String: TreePath] = [:]
    for (index, entry) in new.entries.enumerated() {
      let old = before.entry(at: entry.path)
      switch entry.kind {
      case .file(let mode, _, let digest):
        if case .file(let was, _, digest) = old {
          if was != mode { modes.append((mode, entry.path)) }
          providers[digest] = providers[digest] ?? entry.path
        } else {
          unmade.append((index, digest))
        }
      case .directory(let mode):
        if case .directory(let was) = old {
          // Closed, if it is to be, when all is in it.
          if was != mode { modes.append((mode | 0o700, entry.path)) }
        } else {
          directories.append(index)
        }
      case .link: if old != entry.kind { links.append(index) }
      }
    }
    var moves: [Move] = []
    var sources = before.sources(of: Set(unmade.map(\.digest)))
    for (index, digest) in unmade {
      let entry = new.entries[index]
      if let source = sources.take(
        digest, for: entry.path, isNew: before.entry(at: entry.path) == nil)
      {
        moves.append(Move(from: source, to: index))
        modes.append((entry.mode, entry.path))
        providers[digest] = providers[digest] ?? entry.path
      } else if let provider = providers[digest], entry.fileSize >= Self.leastCopied {
        copies.append((provider, entry.path))
        modes.append((entry.mode, entry.path))
      } else {
        contents.append(index)
        bytes += entry.fileSize
        providers[digest] = entry.path
      }
    }
    takenNames = moves.filter { before.entry(at: new.entries[$0.to].path) != nil }
    freeNames = moves.filter { before.entry(at: new.entries[$0.to].path) == nil }
  }
}

/// The old tree, as far as it stands.
private struct Before {
  private var kinds: [TreePath: Manifest.Kind] = [:]
  private let base: Manifest
  private let new: [TreePath: Manifest.Kind]
  private let lacking: Set<Int>
  /// Paths that are cleared before anything arrives, with all that is below: they become another kind of thing.
  private var cleared: Set<TreePath> = []

  init(_ base: Manifest, _ new: Manifest, _ lacking: Set<Int>) {
    self.base = base
    self.lacking = lacking
    self.new = Dictionary(uniqueKeysWithValues: new.entries.map { ($0.path, $0.kind) })
    for (index, entry) in base.entries.enumerated() where !lacking.contains(index + 1) {
      kinds[entry.path] = entry.kind
      if let after = self.new[entry.path], !entry.kind.canBecome(after) {
        cleared.insert(entry.path)
      }
    }
  }

  /// Nil for what is not there, or will have been cleared.
  func entry(at path: TreePath) -> Manifest.Kind? { kinds[path] }

  func sources(of digests: Set<String>) -> Sources {
    var sources = Sources()
    for (index, entry) in base.entries.enumerated().reversed() where !lacking.contains(index + 1) {
      guard case .file(_, _, let digest) = entry.kind, digests.contains(digest),
        !isCleared(entry.path)
      else { continue }
      switch new[entry.path] {
      case nil: sources.gone[digest, default: []].append(entry.path)
      case .file(_, _, let after) where after != digest:
        sources.replaced[digest, default: []].append(entry.path)
      default: break
      }
    }
    return sources
  }

  private func isCleared(_ path: TreePath) -> Bool {
    guard !cleared.isEmpty else { return false }
    var ahead = path.bytes[...]
    while !ahead.isEmpty {
      if cleared.contains(TreePath(Array(ahead))) { return true }
      guard let cut = ahead.lastIndex(of: UInt8(ascii: "/")) else { return false }
      ahead = ahead[..<cut]
    }
    return false
  }
}

/// Where contents stand that need not stay there.
private struct Sources {
  var gone: [String: [TreePath]] = [:]
  /// Another content takes their place, after they were moved: to a free name only, or two could change places.
  var replaced: [String: [TreePath]] = [:]

  mutating func take(_ digest: String, for path: TreePath, isNew: Bool) -> TreePath? {
    if let source = gone[digest]?.popLast() { return source }
    return isNew ? replaced[digest]?.popLast() : nil
  }
}

extension Manifest.Kind {
  fileprivate func canBecome(_ other: Manifest.Kind) -> Bool {
    switch (self, other) {
    case (.file, .file), (.directory, .directory): true
    default: self == other
    }
  }
}

extension Manifest.Entry {
  fileprivate var mode: UInt32 {
    switch kind {
    case .file(let mode, _, _), .directory(let mode): mode
    case .link: 0o777
    }
  }
}

extension Delta {
  var head: [TarStream.Member] {
    [
      .text("delta", manifest),
      .text("copies", Self.lines(copies.map { [$0.from.encoded, $0.to.encoded] })),
      .text("modes", Self.lines(modes.map { [octal($0.mode), $0.path.encoded] })),
    ]
  }

  /// What is moved out of the way of what follows. An archive of its own, because tar of busybox makes hard
  /// links last.
  var moving: [TarStream.Member] {
    directories.map(TarStream.Member.entry) + freeNames.map { .move(from: $0.from, to: $0.to) }
  }

  var arriving: [TarStream.Member] {
    takenNames.map { .move(from: $0.from, to: $0.to) }
      + (contents + links).map(TarStream.Member.entry)
  }

  private static func lines(_ lines: [[String]]) -> [UInt8] {
    lines.flatMap { Array(($0.joined(separator: " ") + "\n").utf8) }
  }
}

extension TreePath {
  fileprivate var encoded: String { Escape.encode(bytes) }
}
