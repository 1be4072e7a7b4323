/// SHA-1 (FIPS 180-4). Broken for signatures; OpenSSH still uses it to hide host names in
/// known_hosts, which is the only use it has here.
public struct SHA1: HashFunction {
  private var state: [UInt32] = [
    0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0,
  ]
  private var blocks = BlockBuffer(size: blockSize)
  private var total: UInt64 = 0

  static let blockSize = 64

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    total &+= UInt64(bytes.count)
    blocks.feed(bytes, into: &state, by: Self.compress)
  }

  public func finish() -> [UInt8] {
    var last = self
    last.update(blocks.padding(afterBytes: total))
    return last.state.bigEndianBytes
  }

  private static func compress(_ state: inout [UInt32], _ blocks: UnsafeRawBufferPointer) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { words in
      guard let words = words.baseAddress, var block = blocks.baseAddress else { return }
      let end = block + blocks.count
      while block < end {
        schedule(block, words)
        rounds(&state, words)
        block += blockSize
      }
    }
  }

  private static func schedule(_ block: UnsafeRawPointer, _ words: UnsafeMutablePointer<UInt32>) {
    for index in 0..<16 {
      words[index] = UInt32(
        bigEndian: block.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
    }
    for index in 16..<80 {
      let near: UInt32 = words[index &- 3] ^ words[index &- 8]
      let far: UInt32 = words[index &- 14] ^ words[index &- 16]
      words[index] = rotate(near ^ far, 1)
    }
  }

  private static func rounds(_ state: inout [UInt32], _ words: UnsafeMutablePointer<UInt32>) {
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for index in 0..<80 {
      let mix: UInt32
      let constant: UInt32
      switch index / 20 {
      case 0: (mix, constant) = (d ^ (b & (c ^ d)), 0x5a82_7999)
      case 1: (mix, constant) = (b ^ c ^ d, 0x6ed9_eba1)
      case 2: (mix, constant) = ((b & c) | (d & (b | c)), 0x8f1b_bcdc)
      default: (mix, constant) = (b ^ c ^ d, 0xca62_c1d6)
      }
      let next: UInt32 = rotate(a, 5) &+ mix &+ e &+ constant &+ words[index]
      (e, d, c, b, a) = (d, c, rotate(b, 30), a, next)
    }
    state[0] = state[0] &+ a
    state[1] = state[1] &+ b
    state[2] = state[2] &+ c
    state[3] = state[3] &+ d
    state[4] = state[4] &+ e
  }

  @inline(__always)
  private static func rotate(_ word: UInt32, _ bits: UInt32) -> UInt32 {
    (word &<< bits) | (word &>> (32 &- bits))
  }
}

/// HMAC-SHA-1 (RFC 2104): `|1|salt|digest` of a hashed known_hosts line is this, keyed by the salt.
public func hmacSHA1(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
  var block = key.count > SHA1.blockSize ? SHA1.hash(key) : key
  block += [UInt8](repeating: 0, count: SHA1.blockSize - block.count)
  let inner = SHA1.hash(block.map { $0 ^ 0x36 } + message)
  return SHA1.hash(block.map { $0 ^ 0x5c } + inner)
}
