/// Bytes that go in at the back and come out at the front, kept in one piece of memory.
struct ByteQueue {
  private var bytes: [UInt8] = []
  private var head = 0

  var count: Int { bytes.count - head }
  var isEmpty: Bool { head == bytes.count }

  mutating func append(_ more: some Sequence<UInt8>) {
    bytes.append(contentsOf: more)
  }

  /// The front, without taking it.
  func peek<Value, Failure: Error>(
    _ limit: Int = .max, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try bytes.withUnsafeBufferPointer { all throws(Failure) in
      let front = UnsafeRawBufferPointer(all)[head..<(head + min(limit, count))]
      return try body(UnsafeRawBufferPointer(rebasing: front))
    }
  }

  mutating func drop(_ number: Int) {
    head += number
    if head == bytes.count {
      bytes.removeAll(keepingCapacity: true)
      head = 0
    } else if head > 1 << 20 {
      bytes.removeFirst(head)
      head = 0
    }
  }

  mutating func removeAll() {
    bytes = []
    head = 0
  }
}
