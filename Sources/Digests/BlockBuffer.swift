/// Cuts input that arrives in pieces of any length into whole blocks.
struct BlockBuffer: Sendable {
  private let size: Int
  /// BLAKE2b must know its last block when it compresses it, so a full block waits for more input.
  private let holdsLast: Bool
  private(set) var held: [UInt8] = []

  init(size: Int, holdsLast: Bool = false) {
    self.size = size
    self.holdsLast = holdsLast
    held.reserveCapacity(size)
  }

  /// Calls `compress` with a whole number of blocks at a time. The state passes through as
  /// `inout`, because a closure that captures it could not change it while `self` changes.
  mutating func feed<State>(
    _ input: UnsafeRawBufferPointer, into state: inout State,
    by compress: (inout State, UnsafeRawBufferPointer) -> Void
  ) {
    var rest = input[...]
    if !held.isEmpty {
      let piece = rest.prefix(size - held.count)
      held.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece))
      rest = rest.dropFirst(piece.count)
      guard held.count == size, !(holdsLast && rest.isEmpty) else { return }
      held.withUnsafeBytes { compress(&state, $0) }
      held.removeAll(keepingCapacity: true)
    }
    var whole = rest.count - rest.count % size
    if holdsLast, whole == rest.count, whole > 0 { whole -= size }
    if whole > 0 { compress(&state, UnsafeRawBufferPointer(rebasing: rest.prefix(whole))) }
    held.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest.dropFirst(whole)))
  }

  /// What SHA-1 and SHA-256 end with: a one bit, zeros, and the length in bits, big-endian.
  func padding(afterBytes total: UInt64) -> [UInt8] {
    let zeros = (2 * size - 9 - held.count) % size
    let length = (0..<8).map { UInt8(truncatingIfNeeded: (total &* 8) >> (56 - 8 * UInt64($0))) }
    return [0x80] + [UInt8](repeating: 0, count: zeros) + length
  }
}

extension [UInt32] {
  var bigEndianBytes: [UInt8] {
    flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }
  }
}
