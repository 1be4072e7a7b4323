import Digests

/// The digests of one tree's files, as the cache holds them: records of one length, sorted by device and inode, which
/// are searched where they lie. A digest over all of them comes first.
struct RememberedHashes: Sendable {
  private static let title = Array("deploy hashes 1\n".utf8)
  private static let digestLength = 32
  private static let headLength = title.count + digestLength
  private static let recordLength = keyLength + digestLength
  private static let keyLength = 7 * 8
  static let largestFile = headLength + HashCache.mostFiles * recordLength

  private var records: [UInt8] = []

  init() {}

  /// Empty when the bytes are not what was written once.
  init(fileContents bytes: [UInt8]) {
    guard bytes.count >= Self.headLength, bytes.starts(with: Self.title),
      (bytes.count - Self.headLength) % Self.recordLength == 0
    else { return }
    let records = Array(bytes[Self.headLength...])
    guard BLAKE2b.hash(records).elementsEqual(bytes[Self.title.count..<Self.headLength]) else {
      return
    }
    self.records = records
  }

  init(_ known: [(entry: TreeEntry, digest: [UInt8])]) {
    for (entry, digest) in known.sorted(by: { Self.precedes($0.entry, $1.entry) }) {
      for number in Self.key(entry) {
        withUnsafeBytes(of: number.littleEndian) { records.append(contentsOf: $0) }
      }
      records += digest
    }
  }

  var fileContents: [UInt8] { Self.title + BLAKE2b.hash(records) + records }

  var count: Int { records.count / Self.recordLength }

  /// Nil unless the file is the same in every respect.
  func digest(of entry: TreeEntry) -> [UInt8]? {
    let wanted = Self.key(entry)
    var (low, high) = (0, count)
    return records.withUnsafeBytes { bytes in
      func number(_ record: Int, _ index: Int) -> UInt64 {
        UInt64(
          littleEndian: bytes.loadUnaligned(
            fromByteOffset: record * Self.recordLength + index * 8, as: UInt64.self))
      }
      while low < high {
        let middle = (low + high) / 2
        if (number(middle, 0), number(middle, 1)) < (wanted[0], wanted[1]) {
          low = middle + 1
        } else {
          high = middle
        }
      }
      guard low < count, wanted.indices.allSatisfy({ number(low, $0) == wanted[$0] }) else {
        return nil
      }
      let start = low * Self.recordLength + Self.keyLength
      return Array(bytes[start..<(start + Self.digestLength)])
    }
  }

  private static func precedes(_ left: TreeEntry, _ right: TreeEntry) -> Bool {
    (left.device, left.inode) < (right.device, right.inode)
  }

  private static func key(_ entry: TreeEntry) -> [UInt64] {
    [
      entry.device, entry.inode, entry.size,
      UInt64(bitPattern: Int64(entry.modified.seconds)), UInt64(entry.modified.nanoseconds),
      UInt64(bitPattern: Int64(entry.changed.seconds)), UInt64(entry.changed.nanoseconds),
    ]
  }
}
