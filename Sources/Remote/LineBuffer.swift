/// Cuts a stream into lines. A line longer than the limit is cut into pieces: a host decides
/// nothing about our memory.
struct LineBuffer {
  private var pending: [UInt8] = []
  private static let longest = 256 * 1024

  mutating func lines(adding bytes: [UInt8]) -> [[UInt8]] {
    pending += bytes
    var lines: [[UInt8]] = []
    var start = pending.startIndex
    while let end = pending[start...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(Array(pending[start..<end]))
      start = end + 1
    }
    pending.removeFirst(start)
    if pending.count > Self.longest {
      lines.append(pending)
      pending = []
    }
    return lines
  }
}
