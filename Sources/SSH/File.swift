internal import Glibc

/// Small files, whole.
enum File {
  /// nil when it cannot be read or is larger than the limit; `errno` says why.
  static func read(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { Glibc.close(descriptor) }
    var bytes: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &room, room.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return bytes }
      bytes += room[..<count]
      guard bytes.count <= limit else {
        errno = EFBIG
        return nil
      }
    }
  }
}
