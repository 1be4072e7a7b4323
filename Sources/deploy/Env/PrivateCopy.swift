import Execution
import Glibc

/// A file that nobody else can read, in a directory that nobody else can enter. An editor's own
/// copies land beside it, and go with it.
struct PrivateCopy {
  private let directory: String
  let path: String

  init(of content: [UInt8], environment: [String: String]) throws {
    // Memory, where there is some: a disk remembers what was deleted.
    let named = ["XDG_RUNTIME_DIR", "TMPDIR"].compactMap { environment[$0] }
    let parent = named.first { $0.hasPrefix("/") && access($0, W_OK) == 0 } ?? "/tmp"
    var template = Array("\(parent)/deploy-env.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Self.failure("make a directory in \(parent)") }
    directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    path = "\(directory)/env"
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0, write(file, content, content.count) == content.count else {
      let failure = Self.failure("write \(path)")
      remove()
      throw failure
    }
    close(file)
  }

  func read() throws -> [UInt8] {
    // By name: most editors put a new file in its place.
    let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard file >= 0 else { throw Self.failure("read \(path)") }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while bytes.count <= EnvReading.most {
      let count = Glibc.read(file, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return bytes
  }

  func remove() {
    guard let entries = opendir(directory) else { return }
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { unlink("\(directory)/\(name)") }
    }
    closedir(entries)
    rmdir(directory)
  }

  private static func failure(_ what: String) -> Failure {
    Failure(
      exitCode: 19, what: "cannot \(what): \(String(cString: strerror(errno)))",
      live: "unchanged", next: "point TMPDIR at a directory of yours")
  }
}
