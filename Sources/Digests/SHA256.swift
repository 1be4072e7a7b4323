/// SHA-256 (FIPS 180-4), equal to `sha256sum`.
public struct SHA256: HashFunction {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var blocks = BlockBuffer(size: 64)
  private var total: UInt64 = 0

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

  /// Raw pointers, wrapping operators and eight rounds a turn: the arrays' checks and the
  /// shuffling of eight variables would cost half of the speed, and most of it in debug builds.
  private static func compress(_ state: inout [UInt32], _ blocks: UnsafeRawBufferPointer) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
      state.withUnsafeMutableBufferPointer { state in
        constants.withUnsafeBufferPointer { constants in
          guard let words = words.baseAddress, let state = state.baseAddress,
            let constants = constants.baseAddress, var block = blocks.baseAddress
          else { return }
          let end = block + blocks.count
          while block < end {
            schedule(block, words, constants)
            rounds(state, words)
            block += 64
          }
        }
      }
    }
  }

  /// Expands a block to 64 words; the round constants are added last, where it is cheapest.
  @inline(__always)
  private static func schedule(
    _ block: UnsafeRawPointer, _ words: UnsafeMutablePointer<UInt32>,
    _ constants: UnsafePointer<UInt32>
  ) {
    var index = 0
    while index < 16 {
      words[index] = UInt32(
        bigEndian: block.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
      index &+= 1
    }
    while index < 64 {
      let early: UInt32 = words[index &- 15]
      let late: UInt32 = words[index &- 2]
      let first: UInt32 = rotate(early, 7) ^ rotate(early, 18) ^ (early &>> 3)
      let second: UInt32 = rotate(late, 17) ^ rotate(late, 19) ^ (late &>> 10)
      let old: UInt32 = words[index &- 16] &+ words[index &- 7]
      words[index] = old &+ first &+ second
      index &+= 1
    }
    index = 0
    while index < 64 {
      words[index] = words[index] &+ constants[index]
      index &+= 1
    }
  }

  @inline(__always)
  private static func rounds(
    _ state: UnsafeMutablePointer<UInt32>, _ words: UnsafeMutablePointer<UInt32>
  ) {
    var a = state[0]
    var b = state[1]
    var c = state[2]
    var d = state[3]
    var e = state[4]
    var f = state[5]
    var g = state[6]
    var h = state[7]
    var index = 0
    while index < 64 {
      round(a, b, c, &d, e, f, g, &h, words[index])
      round(h, a, b, &c, d, e, f, &g, words[index &+ 1])
      round(g, h, a, &b, c, d, e, &f, words[index &+ 2])
      round(f, g, h, &a, b, c, d, &e, words[index &+ 3])
      round(e, f, g, &h, a, b, c, &d, words[index &+ 4])
      round(d, e, f, &g, h, a, b, &c, words[index &+ 5])
      round(c, d, e, &f, g, h, a, &b, words[index &+ 6])
      round(b, c, d, &e, f, g, h, &a, words[index &+ 7])
      index &+= 8
    }
    state[0] = state[0] &+ a
    state[1] = state[1] &+ b
    state[2] = state[2] &+ c
    state[3] = state[3] &+ d
    state[4] = state[4] &+ e
    state[5] = state[5] &+ f
    state[6] = state[6] &+ g
    state[7] = state[7] &+ h
  }

  @inline(__always)
  private static func round(
    _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32,
    _ e: UInt32, _ f: UInt32, _ g: UInt32, _ h: inout UInt32, _ word: UInt32
  ) {
    let second: UInt32 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    let choice: UInt32 = g ^ (e & (f ^ g))
    let change: UInt32 = h &+ second &+ choice &+ word
    let first: UInt32 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    let majority: UInt32 = (a & b) | (c & (a | b))
    d = d &+ change
    h = change &+ first &+ majority
  }

  @inline(__always)
  private static func rotate(_ word: UInt32, _ bits: UInt32) -> UInt32 {
    (word &>> bits) | (word &<< (32 &- bits))
  }

  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
  ]
}
