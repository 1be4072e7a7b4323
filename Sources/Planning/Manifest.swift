import Operations

/// What a release shipped: every file, directory and link, with its content's digest.
///
/// Its text form is one line an entry, sorted by the bytes of the path, and the same on the client
/// and on the server (`.deploy/manifests/ID/manifest`):
///
///     f 0644 1204 9f86d0… app/Kernel.php
///     d 0755 - - app
///     l 0777 - - public/logo.png ../shared/logo.png
///
/// Paths are relative, without a leading `./`, and written in ``Escape``'s encoding, so that
/// a reader may split a line at blanks whatever a name contains.
public struct Manifest: Sendable, Equatable {
  public var algorithm: DigestAlgorithm
  /// Sorted by `path.bytes`.
  public var entries: [Entry]

  public init(algorithm: DigestAlgorithm, entries: [Entry]) {
    self.algorithm = algorithm
    self.entries = entries.sorted { $0.path < $1.path }
  }

  public struct Entry: Sendable, Equatable {
    public var path: TreePath
    public var kind: Kind

    public init(path: TreePath, kind: Kind) {
      self.path = path
      self.kind = kind
    }
  }

  public enum Kind: Sendable, Hashable {
    case file(mode: UInt32, size: UInt64, digest: String)
    case directory(mode: UInt32)
    case link(target: [UInt8])
  }
}

/// How content is named. BLAKE2b is about five times cheaper on servers whose `b2sum` exists.
public enum DigestAlgorithm: String, Sendable, CaseIterable {
  case blake2b256 = "blake2b-256"
  case sha256
}

/// A path inside a release, as the bytes the file system holds: no leading slash, no `.` or `..`.
public struct TreePath: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  public init(_ text: String) { bytes = Array(text.utf8) }

  /// For people; bytes that are not UTF-8 show as replacement characters.
  public var description: String { String(decoding: bytes, as: UTF8.self) }

  public static func < (left: TreePath, right: TreePath) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}
