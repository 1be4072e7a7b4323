/// The block of 512 bytes before each member of a tar archive: fields in, bytes out, and back.
struct TarHeader: Equatable {
  static let blockSize = 512
  static let nameSize = 100

  var name: [UInt8] = []
  var mode: UInt32 = 0
  var size: UInt64 = 0
  var modified: Int64 = 0
  var type = UInt8(ascii: "0")
  var target: [UInt8] = []
  /// The directory part of a name that is too long for its own field.
  var prefix: [UInt8] = []

  /// Owner and group are 0 and have no names: who runs tar on the server will own the files.
  var block: [UInt8] {
    var block = [UInt8](repeating: 0, count: Self.blockSize)
    func put(_ bytes: some Collection<UInt8>, at offset: Int) {
      block.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }
    put(name, at: Field.name.lowerBound)
    put(number(UInt64(mode), Field.mode.count), at: Field.mode.lowerBound)
    put(number(0, Field.owner.count), at: Field.owner.lowerBound)
    put(number(0, Field.group.count), at: Field.group.lowerBound)
    put(number(size, Field.size.count), at: Field.size.lowerBound)
    put(number(UInt64(max(0, modified)), Field.modified.count), at: Field.modified.lowerBound)
    block[Field.type] = type
    put(target, at: Field.target.lowerBound)
    put(Array("ustar\u{0}00".utf8), at: Field.magic.lowerBound)
    put(prefix, at: Field.prefix.lowerBound)
    put(number(UInt64(Self.checksum(of: block)), 7) + [UInt8(ascii: " ")], at: Field.sum.lowerBound)
    return block
  }

  /// nil when the checksum does not fit: this is no tar archive, or a damaged one.
  init?(block: [UInt8]) {
    guard let sum = parseNumber(block[Field.sum]),
      sum == Int64(Self.checksum(of: block)) || sum == Self.signedChecksum(of: block),
      let size = parseNumber(block[Field.size]), size >= 0,
      let mode = parseNumber(block[Field.mode]), let modified = parseNumber(block[Field.modified])
    else { return nil }
    name = text(block[Field.name])
    self.mode = UInt32(truncatingIfNeeded: mode) & 0o777
    self.size = UInt64(size)
    self.modified = modified
    type = block[Field.type]
    target = text(block[Field.target])
    // GNU's own format has a blank after `ustar`, and other things where the prefix stands.
    if block[Field.magic].elementsEqual("ustar\u{0}00".utf8) { prefix = text(block[Field.prefix]) }
  }

  init() {}

  private enum Field {
    static let name = 0..<100
    static let mode = 100..<108
    static let owner = 108..<116
    static let group = 116..<124
    static let size = 124..<136
    static let modified = 136..<148
    static let sum = 148..<156
    static let type = 156
    static let target = 157..<257
    static let magic = 257..<265
    static let prefix = 345..<500
  }

  /// The sum of all bytes, with blanks where the sum itself stands.
  private static func checksum(of block: [UInt8]) -> UInt32 {
    var sum: UInt32 = 0
    for byte in block { sum &+= UInt32(byte) }
    for byte in block[Field.sum] { sum &-= UInt32(byte) }
    return sum &+ 8 * 32
  }

  /// Some old programs added bytes up as signed characters.
  private static func signedChecksum(of block: [UInt8]) -> Int64 {
    var sum: Int64 = 0
    for byte in block { sum += Int64(Int8(bitPattern: byte)) }
    for byte in block[Field.sum] { sum -= Int64(Int8(bitPattern: byte)) }
    return sum + 8 * 32
  }
}

/// Octal digits and a NUL; what does not fit is written big-endian behind a set top bit, which
/// GNU tar, busybox and libarchive all read (a pax `size` is unknown to busybox).
private func number(_ value: UInt64, _ width: Int) -> [UInt8] {
  let digits = Array(String(value, radix: 8).utf8)
  guard digits.count < width else {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
    return [0x80] + [UInt8](repeating: 0, count: width - 9) + bytes
  }
  return [UInt8](repeating: UInt8(ascii: "0"), count: width - 1 - digits.count) + digits + [0]
}

private func parseNumber(_ field: ArraySlice<UInt8>) -> Int64? {
  guard let first = field.first else { return nil }
  guard first & 0x80 == 0 else {
    // Two's complement, in all bits but the topmost one.
    var value = Int64(first & 0x3f) - (first & 0x40 == 0 ? 0 : 64)
    for byte in field.dropFirst() {
      let (shifted, isTooLarge) = value.multipliedReportingOverflow(by: 256)
      guard !isTooLarge else { return nil }
      value = shifted | Int64(byte)
    }
    return value
  }
  let digits = field.drop { $0 == UInt8(ascii: " ") }
    .prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
  guard !digits.isEmpty else { return 0 }
  return Int64(String(decoding: digits, as: UTF8.self), radix: 8)
}

private func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }
