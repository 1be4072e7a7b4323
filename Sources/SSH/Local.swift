internal import Glibc

/// Who and where we are. The password database decides, as it does for ssh, not the environment.
enum Local {
  static var userNumber: UInt32 { getuid() }

  static var user: String { entry(\.pw_name) ?? "uid\(getuid())" }

  static var home: String {
    entry(\.pw_dir) ?? getenv("HOME").map { String(cString: $0) } ?? "/"
  }

  static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  static func expandHome(_ path: String) -> String {
    if path == "~" { return home }
    guard path.hasPrefix("~/") else { return path }
    return home + path.dropFirst()
  }

  /// `getpwuid_r`: several connections are resolved at a time.
  private static func entry(_ field: KeyPath<passwd, UnsafeMutablePointer<CChar>?>) -> String? {
    var record = passwd()
    var room = [CChar](repeating: 0, count: 16_384)
    var found: UnsafeMutablePointer<passwd>?
    return room.withUnsafeMutableBufferPointer { room in
      guard let start = room.baseAddress else { return nil }
      getpwuid_r(getuid(), &record, start, room.count, &found)
      return found?.pointee[keyPath: field].map { String(cString: $0) }
    }
  }
}
