/// Reads the length-prefixed fields that SSH puts into keys, signatures and agent messages.
///
/// A length is checked against what is there before anything is taken.
struct FieldReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
  }

  var isAtEnd: Bool { position == bytes.count }
  var rest: [UInt8] { Array(bytes[position...]) }

  mutating func byte() -> UInt8? {
    guard position < bytes.count else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func number() -> UInt32? {
    guard bytes.count - position >= 4 else { return nil }
    defer { position += 4 }
    return bytes[position..<(position + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func field() -> [UInt8]? {
    let start = position
    guard let length = number(), length <= bytes.count - position else {
      position = start
      return nil
    }
    defer { position += Int(length) }
    return Array(bytes[position..<(position + Int(length))])
  }

  mutating func text() -> String? {
    field().flatMap { String(validating: $0, as: UTF8.self) }
  }
}

/// Builds such fields.
struct FieldWriter {
  private(set) var bytes: [UInt8] = []

  mutating func byte(_ value: UInt8) { bytes.append(value) }

  mutating func number(_ value: Int) {
    let value = UInt32(value)
    for shift in stride(from: UInt32(24), through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  mutating func field(_ value: some Collection<UInt8>) {
    number(value.count)
    bytes += value
  }
}
