import Glibc

/// An open file or directory, closed when it goes out of use.
///
/// Names are bytes, not strings: a file system holds names that no `String` keeps exactly.
struct Descriptor: ~Copyable, Sendable {
  let number: Int32

  init(owning number: Int32) { self.number = number }

  deinit { Glibc.close(number) }

  init(_ path: String, _ flags: Int32, to action: String = "read") throws(ShippingError) {
    number = Glibc.open(path, flags | O_CLOEXEC)
    guard number >= 0 else {
      throw ShippingError.system(action: action, path: path, code: errno)
    }
  }

  static func directory(_ path: String) throws(ShippingError) -> Descriptor {
    try Descriptor(path, O_RDONLY | O_DIRECTORY)
  }

  /// `openat`: never follows a link at the end of the name. nil leaves the reason in `errno`.
  func open(_ name: some Collection<UInt8>, _ flags: Int32, mode: mode_t = 0) -> Descriptor? {
    let number = openat(number, cString(name), flags | O_NOFOLLOW | O_CLOEXEC, mode)
    return number < 0 ? nil : Descriptor(owning: number)
  }

  /// `fstatat`: of the link itself, not of what it points to.
  func status(of name: some Collection<UInt8>) -> stat? {
    var status = stat()
    return fstatat(number, cString(name), &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
  }

  var status: stat? {
    var status = stat()
    return fstat(number, &status) == 0 ? status : nil
  }

  func linkTarget(of name: some Collection<UInt8>) -> [UInt8]? {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlinkat(number, cString(name), &target, target.count)
    return count > 0 ? target[..<count].map { UInt8(bitPattern: $0) } : nil
  }

  /// The number of bytes that were read, 0 at the end, -1 with the reason in `errno`.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      let count = Glibc.read(number, buffer.baseAddress, buffer.count)
      guard count < 0, errno == EINTR else { return count }
    }
  }

  /// False leaves the reason in `errno`.
  func write(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
      if count < 0 {
        guard errno == EINTR else { return false }
      } else {
        rest = rest.dropFirst(count)
      }
    }
    return true
  }

  /// The names in this directory, without `.` and `..`; nil leaves the reason in `errno`.
  func names() -> [[UInt8]]? {
    // `fdopendir` takes its descriptor over, and duplicates share one position.
    let own = openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard own >= 0 else { return nil }
    guard let stream = fdopendir(own) else {
      Glibc.close(own)
      return nil
    }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while true {
      errno = 0
      guard let item = readdir(stream) else { return errno == 0 ? names : nil }
      let name = withUnsafePointer(to: &item.pointee.d_name) { pointer in
        let start = UnsafeRawPointer(pointer)
        let length = strlen(start.assumingMemoryBound(to: CChar.self))
        return Array(UnsafeRawBufferPointer(start: start, count: length))
      }
      if name != [UInt8(ascii: ".")], name != Array("..".utf8) { names.append(name) }
    }
  }
}

func cString(_ bytes: some Collection<UInt8>) -> [CChar] {
  bytes.map { CChar(bitPattern: $0) } + [0]
}
