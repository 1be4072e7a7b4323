public import Planning

/// What a release is made of, in numbers.
public struct Inventory: Sendable, Equatable {
  public var files = 0
  public var directories = 0
  public var links = 0
  public var bytes: UInt64 = 0

  public init(_ manifest: Manifest) {
    for entry in manifest.entries {
      switch entry.kind {
      case .file: files += 1
      case .directory: directories += 1
      case .link: links += 1
      }
      bytes += entry.size
    }
  }
}

/// How one manifest differs from another; each list is sorted as manifests are.
public struct ManifestDifference: Sendable, Equatable {
  public var added: [TreePath] = []
  /// Another kind, content, mode or target under the same path.
  public var changed: [TreePath] = []
  public var removed: [TreePath] = []
  /// Of the new state of what was added or changed: what a server that has the old one lacks.
  public var bytesToSend: UInt64 = 0
  public var bytesRemoved: UInt64 = 0

  public var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }

  /// Manifests that name content in different ways cannot be told equal, so every file then
  /// counts as changed.
  public init(from old: Manifest, to new: Manifest) {
    let comparable = old.algorithm == new.algorithm
    var before = old.entries[...]
    for entry in new.entries {
      while let gone = before.first, gone.path < entry.path {
        removed.append(gone.path)
        bytesRemoved += gone.size
        before.removeFirst()
      }
      guard let same = before.first, same.path == entry.path else {
        added.append(entry.path)
        bytesToSend += entry.size
        continue
      }
      before.removeFirst()
      guard same.kind != entry.kind || (entry.isFile && !comparable) else { continue }
      changed.append(entry.path)
      if !comparable || same.digest != entry.digest { bytesToSend += entry.size }
    }
    removed += before.map(\.path)
    bytesRemoved += before.reduce(0) { $0 + $1.size }
  }
}

extension Manifest.Entry {
  fileprivate var isFile: Bool { digest != nil }

  fileprivate var size: UInt64 {
    if case .file(_, let size, _) = kind { size } else { 0 }
  }

  fileprivate var digest: String? {
    if case .file(_, _, let digest) = kind { digest } else { nil }
  }
}
