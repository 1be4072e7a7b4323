/// BLAKE2b (RFC 7693) without a key and with 32 bytes of output, equal to `b2sum -l 256`.
public struct BLAKE2b: HashFunction {
  private struct State: Sendable {
    var chain = initial
    var count: UInt64 = 0
    var isLast = false

    init() { chain[0] ^= 0x0101_0000 ^ UInt64(outputSize) }
  }

  private var state = State()
  private var blocks = BlockBuffer(size: blockSize, holdsLast: true)

  private static let blockSize = 128
  private static let outputSize = 32

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    blocks.feed(bytes, into: &state, by: Self.compress)
  }

  public func finish() -> [UInt8] {
    var last = state
    last.isLast = true
    // The counter counts input, not the zeros that fill the last block.
    let filling = Self.blockSize - blocks.held.count
    last.count &-= UInt64(filling)
    let block = blocks.held + [UInt8](repeating: 0, count: filling)
    block.withUnsafeBytes { Self.compress(&last, $0) }
    return last.chain.prefix(Self.outputSize / 8).flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
    }
  }

  private static func compress(_ state: inout State, _ blocks: UnsafeRawBufferPointer) {
    var count = state.count
    let last: UInt64 = state.isLast ? .max : 0
    state.chain.withUnsafeMutableBufferPointer { chain in
      initial.withUnsafeBufferPointer { initial in
        offsets.withUnsafeBufferPointer { offsets in
          guard let chain = chain.baseAddress, let initial = initial.baseAddress,
            let offsets = offsets.baseAddress, var block = blocks.baseAddress
          else { return }
          let end = block + blocks.count
          while block < end {
            count &+= UInt64(blockSize)
            rounds(chain, initial, offsets, block, count, last)
            block += blockSize
          }
        }
      }
    }
    state.count = count
  }

  /// Sixteen named words instead of an array, and offsets instead of indices: the optimizer
  /// then keeps the words in registers and loads the message straight from the input.
  @inline(__always)
  private static func rounds(
    _ chain: UnsafeMutablePointer<UInt64>, _ initial: UnsafePointer<UInt64>,
    _ offsets: UnsafePointer<Int>, _ block: UnsafeRawPointer, _ count: UInt64, _ last: UInt64
  ) {
    var (v0, v1, v2, v3) = (chain[0], chain[1], chain[2], chain[3])
    var (v4, v5, v6, v7) = (chain[4], chain[5], chain[6], chain[7])
    var (v8, v9, v10, v11) = (initial[0], initial[1], initial[2], initial[3])
    var (v12, v13, v14, v15) = (
      initial[4] ^ count, initial[5], initial[6] ^ last, initial[7]
    )
    var order = offsets
    let end = offsets + 12 * 16
    while order < end {
      mix(&v0, &v4, &v8, &v12, word(block, order[0]), word(block, order[1]))
      mix(&v1, &v5, &v9, &v13, word(block, order[2]), word(block, order[3]))
      mix(&v2, &v6, &v10, &v14, word(block, order[4]), word(block, order[5]))
      mix(&v3, &v7, &v11, &v15, word(block, order[6]), word(block, order[7]))
      mix(&v0, &v5, &v10, &v15, word(block, order[8]), word(block, order[9]))
      mix(&v1, &v6, &v11, &v12, word(block, order[10]), word(block, order[11]))
      mix(&v2, &v7, &v8, &v13, word(block, order[12]), word(block, order[13]))
      mix(&v3, &v4, &v9, &v14, word(block, order[14]), word(block, order[15]))
      order += 16
    }
    chain[0] ^= v0 ^ v8
    chain[1] ^= v1 ^ v9
    chain[2] ^= v2 ^ v10
    chain[3] ^= v3 ^ v11
    chain[4] ^= v4 ^ v12
    chain[5] ^= v5 ^ v13
    chain[6] ^= v6 ^ v14
    chain[7] ^= v7 ^ v15
  }

  @inline(__always)
  private static func mix(
    _ a: inout UInt64, _ b: inout UInt64, _ c: inout UInt64, _ d: inout UInt64,
    _ x: UInt64, _ y: UInt64
  ) {
    a = a &+ b &+ x
    d = rotate(d ^ a, 32)
    c = c &+ d
    b = rotate(b ^ c, 24)
    a = a &+ b &+ y
    d = rotate(d ^ a, 16)
    c = c &+ d
    b = rotate(b ^ c, 63)
  }

  @inline(__always)
  private static func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    (word &>> bits) | (word &<< (64 &- bits))
  }

  @inline(__always)
  private static func word(_ block: UnsafeRawPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: block.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  private static let initial: [UInt64] = [
    0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
  ]

  /// In which order each round reads the message's words, as offsets in bytes.
  private static let offsets: [Int] = permutations.flatMap { row in row.map { $0 * 8 } }

  private static let permutations: [[Int]] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  ]
}
