public import Operations
public import Planning

/// What travels to a server, pulled piece by piece: an archive of the manifest and the tree.
///
/// Members are `manifest` and everything under `tree/`. Memory stays the same whatever the size.
/// Each file is read once more and must still be what the manifest says, or the stream ends with
/// an error, never with bytes that were made up. Dropped half way, it ends its compressor.
public struct Payload: ~Copyable, Sendable {
  private var archive: TarStream
  private var filter: Filter?
  private var unsent: ArraySlice<UInt8> = []

  /// How far it has been read, which runs ahead of what was sent by what a compressor holds.
  public var shipped: Shipped { archive.shipped }

  public static let largestPiece = TarStream.chunk

  public init(tree: Tree, manifest: Manifest, compression: Compression) throws(ShippingError) {
    try self.init(try TarStream(tree: tree, manifest: manifest), compression)
  }

  /// A delta is three of them: what the server must know before anything is unpacked, what it moves, and what
  /// arrives.
  public enum Part: CaseIterable, Sendable {
    case head
    case moving
    case arriving
  }

  public init(
    _ part: Part, of delta: Delta, tree: Tree, manifest: Manifest, compression: Compression
  ) throws(ShippingError) {
    let members =
      switch part {
      case .head: delta.head
      case .moving: delta.moving
      case .arriving: delta.arriving
      }
    try self.init(
      try TarStream(tree: tree, manifest: manifest, members: members), compression)
  }

  private init(
    _ archive: consuming TarStream, _ compression: Compression
  ) throws(ShippingError) {
    filter = try compression.compressor.map { (words) throws(ShippingError) in
      try Filter(words, purpose: "compress what is sent")
    }
    self.archive = archive
  }

  /// The next piece, at most ``largestPiece`` bytes and never empty; nil at the end.
  public mutating func next() throws(ShippingError) -> [UInt8]? {
    if filter != nil {
      return try filter?.next(upTo: Self.largestPiece, feeding: &archive)
    }
    if unsent.isEmpty { unsent = try archive.next()[...] }
    guard !unsent.isEmpty else { return nil }
    let piece = unsent.prefix(Self.largestPiece)
    unsent = unsent.dropFirst(piece.count)
    return Array(piece)
  }
}
