import Glibc

enum RealPath {
  /// Without links, `.` and `..`; the path itself when there is no such file, which whoever
  /// opens it will report.
  static func of(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}

enum FileContents {
  private static let most = 1 << 20

  /// A small file at the top of a tree; nil when there is none. The tree may be somebody's
  /// archive, so what is there is not followed, waited for or read without end.
  static func read(_ name: String, in directory: String) throws(ShippingError) -> [UInt8]? {
    let path = "\(directory)/\(name)"
    guard let file = try Descriptor.directory(directory).open(name.utf8, O_RDONLY | O_NONBLOCK)
    else {
      guard errno != ENOENT else { return nil }
      throw .system(action: "read", path: path, code: errno)
    }
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while contents.count <= most {
      let count = buffer.withUnsafeMutableBytes { file.read(into: $0) }
      guard count >= 0 else { throw .system(action: "read", path: path, code: errno) }
      guard count > 0 else { return contents }
      contents += buffer[..<count]
    }
    throw .system(action: "read", path: path, code: EFBIG)
  }
}
