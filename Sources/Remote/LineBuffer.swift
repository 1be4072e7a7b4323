/// Cuts a stream into lines, and into blocks of raw bytes where a line has announced one. A line
/// longer than the limit is cut into pieces: a host decides nothing about our memory.
struct LineBuffer {
  private var pending: [UInt8] = []
  private var start = 0
  /// Before here is no end of a line: small pieces of a long line are not read again and again.
  private var scanned = 0
  private var awaited: Int?
  private static let longest = 256 * 1024
  static let largestBlock = 4 << 20

  enum Piece: Equatable {
    case line([UInt8])
    case block([UInt8])
  }

  mutating func add(_ bytes: [UInt8]) {
    pending.removeFirst(start)
    scanned = max(0, scanned - start)
    start = 0
    pending += bytes
  }

  /// The next so many bytes are a block, whatever is in them.
  mutating func awaitBlock(of count: Int) { awaited = min(count, Self.largestBlock) }

  /// Nil until there is more.
  mutating func next() -> Piece? {
    if let count = awaited {
      guard pending.count - start >= count else { return nil }
      awaited = nil
      defer { start += count }
      return .block(Array(pending[start..<(start + count)]))
    }
    if let end = pending[max(start, scanned)...].firstIndex(of: UInt8(ascii: "\n")) {
      defer { start = end + 1 }
      return .line(Array(pending[start..<end]))
    }
    scanned = pending.count
    guard pending.count - start > Self.longest else { return nil }
    defer { start = pending.count }
    return .line(Array(pending[start...]))
  }
}
