import Execution
import Glibc
import Processes

/// An sshd of the demonstration's own: loopback only, free port, keys that are thrown away with it.
struct PrivateServer {
  let port: Int
  let child: Child
  let directory: String

  /// Nil when this machine has no sshd or ssh-keygen, or it does not come up.
  static func start(in directory: String) -> PrivateServer? {
    let places = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/sbin/sshd"]
    guard let sshd = places.first(where: { isProgram($0) }), let port = freePort() else {
      return nil
    }
    mkdir(directory, 0o700)
    // sshd that is started by root insists on it.
    if getuid() == 0 { mkdir("/run/sshd", 0o755) }
    for name in ["host", "user"] {
      let made = try? Command([
        "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "deploy demo", "-f",
        "\(directory)/\(name)",
      ]).run()
      guard made?.status == 0 else { return nil }
    }
    let hostKey = DemoFiles.read("\(directory)/host.pub")
    let words = hostKey.split(separator: " ").prefix(2).joined(separator: " ")
    DemoFiles.write("[127.0.0.1]:\(port) \(words)\n", to: "\(directory)/known_hosts", mode: 0o600)
    DemoFiles.write(
      DemoFiles.read("\(directory)/user.pub"), to: "\(directory)/authorized_keys", mode: 0o600)
    DemoFiles.write(
      """
      ListenAddress 127.0.0.1
      Port \(port)
      HostKey \(directory)/host
      AuthorizedKeysFile \(directory)/authorized_keys
      PidFile none
      StrictModes no
      UsePAM no
      PasswordAuthentication no
      PermitRootLogin yes

      """, to: "\(directory)/sshd_config", mode: 0o600)
    guard
      let child = try? Child.start(
        Command([sshd, "-D", "-f", "\(directory)/sshd_config", "-E", "\(directory)/sshd.log"]),
        input: .null, output: .null, errors: .null, ownSession: true)
    else { return nil }
    let server = PrivateServer(port: port, child: child, directory: directory)
    for _ in 0..<50 {
      if Self.answers(port) { return server }
      usleep(50_000)
    }
    server.stop()
    return nil
  }

  var hosts: String {
    """
    "hosts": [{ "host": "127.0.0.1", "port": \(port), "user": "\(userName())" }],
          "ssh": { "identity": "\(directory)/user", "known_hosts": "\(directory)/known_hosts" }
    """
  }

  func stop() {
    kill(child.pid, SIGTERM)
    _ = child.wait()
  }

  private static func isProgram(_ path: String) -> Bool { access(path, X_OK) == 0 }

  private func userName() -> String {
    getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "root"
  }

  private static func address(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }

  private static func freePort() -> Int? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = address(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
      }
    }
    return bound ? Int(in_port_t(bigEndian: address.sin_port)) : nil
  }

  private static func answers(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = address(port)
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}

/// Small files of the demonstration.
enum DemoFiles {
  static func write(_ text: String, to path: String, mode: mode_t = 0o644) {
    var place = ""
    for part in path.split(separator: "/").dropLast() {
      place += "/\(part)"
      mkdir(place, 0o755)
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    _ = Array(text.utf8).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }

  static func read(_ path: String) -> String {
    guard let file = fopen(path, "re") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
