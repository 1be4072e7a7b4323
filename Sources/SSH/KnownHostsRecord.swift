internal import Glibc
public import Remote

extension KnownHosts {
  /// Appends a host that somebody has looked at and trusts. The file is made 0600, in a directory
  /// made 0700.
  public static func record(_ question: HostKeyQuestion, in file: String, hashed: Bool)
    throws(RemoteError)
  {
    var name = question.name
    if hashed {
      var random = SystemRandomNumberGenerator()
      name = KnownHostsLine.hashed(
        name, salt: (0..<20).map { _ in .random(in: 0...255, using: &random) })
    }
    if let slash = file.lastIndex(of: "/"), slash != file.startIndex {
      makeDirectory(String(file[..<slash]))
    }
    let descriptor = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(file) }
    defer { Glibc.close(descriptor) }
    // A last line without its newline must not swallow the new one.
    var last: UInt8 = 10
    let size = lseek(descriptor, 0, Int32(SEEK_END))
    if size > 0 { _ = pread(descriptor, &last, 1, size - 1) }
    let line = (last == 10 ? "" : "\n") + "\(name) \(question.key.line)\n"
    guard write(descriptor, line, line.utf8.count) == line.utf8.count else { throw failure(file) }
  }

  private static func makeDirectory(_ path: String) {
    if access(path, F_OK) == 0 { return }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      makeDirectory(String(path[..<slash]))
    }
    mkdir(path, 0o700)
  }

  private static func failure(_ file: String) -> RemoteError {
    .local("cannot record the host in '\(file)': \(String(cString: strerror(errno)))")
  }
}
