import Glibc
import Planning

/// Reads a file of a walked tree and notices when it is no longer the file that was walked.
struct FileReader: ~Copyable, Sendable {
  private let file: Descriptor
  private let entry: TreeEntry
  private(set) var remaining: UInt64

  init(_ entry: TreeEntry, under root: borrowing Descriptor) throws(ShippingError) {
    // Without O_NONBLOCK a fifo that took the file's place would hold us for ever.
    guard let file = root.open(entry.path.bytes, O_RDONLY | O_NONBLOCK) else {
      guard errno == EACCES || errno == EPERM else { throw .changed(entry.path) }
      throw .system(action: "read", path: entry.path.shown, code: errno)
    }
    guard let status = file.status, entry.isUnchanged(status) else { throw .changed(entry.path) }
    self.file = file
    self.entry = entry
    remaining = entry.size
  }

  /// Fills the buffer from its start and returns the number of bytes that were read; 0 only when the file was read whole and has not changed.
  mutating func read(into buffer: inout [UInt8]) throws(ShippingError) -> Int {
    guard remaining > 0 else {
      guard let status = file.status, entry.isUnchanged(status) else { throw .changed(entry.path) }
      return 0
    }
    let wanted = min(buffer.count, Int(clamping: remaining))
    let count = buffer.withUnsafeMutableBytes { bytes in
      file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(wanted)))
    }
    guard count >= 0 else {
      throw .system(action: "read", path: entry.path.shown, code: errno)
    }
    guard count > 0 else { throw .changed(entry.path) }
    remaining -= UInt64(count)
    return count
  }
}
