/// A hash that takes its input in pieces of any length.
public protocol HashFunction: Sendable {
  init()
  mutating func update(_ bytes: UnsafeRawBufferPointer)
  /// The digest of all that was fed so far; more may follow.
  func finish() -> [UInt8]
}

extension HashFunction {
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  public static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var hash = Self()
    hash.update(bytes)
    return hash.finish()
  }
}

/// Lower-case hexadecimal, as `sha256sum` prints it.
public func hex(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  text.reserveCapacity(bytes.count * 2)
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
