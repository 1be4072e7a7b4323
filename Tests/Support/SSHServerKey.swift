import FoundationEssentials
import Glibc
import Processes

/// A key pair in files, made by ssh-keygen.
public struct SSHServerKey: Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case ed25519, ecdsa, rsa
  }

  public let kind: Kind
  /// Of the private half.
  public let path: String
  /// Type and base64, without a comment.
  public let publicLine: String

  public static func make(
    _ kind: Kind, at path: String, passphrase: String = "", options: [String] = []
  ) throws -> SSHServerKey {
    let size = kind == .rsa ? ["-b", "2048"] : []
    let command = [
      "ssh-keygen", "-q", "-t", kind.rawValue, "-N", passphrase, "-f", path, "-C", "test",
    ]
    let result = try Command(command + size + options).run()
    guard result.status == 0 else { throw Scratch.Failure(words: result.errorText) }
    let line = try String(contentsOfFile: path + ".pub", encoding: .utf8)
    let words = line.split(separator: " ").prefix(2).joined(separator: " ")
    return SSHServerKey(kind: kind, path: path, publicLine: words)
  }

  public var privateText: String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }

  /// What `ssh-keygen -l` prints for it.
  public func fingerprint() throws -> String {
    let text = try Command(["ssh-keygen", "-lf", path + ".pub"]).run().text
    return text.split(separator: " ").dropFirst().first.map(String.init) ?? ""
  }
}

/// Places and ports that nobody else uses.
public enum Scratch {
  public struct Failure: Error, CustomStringConvertible {
    public let words: String
    public var description: String { words }
  }

  public static func directory(_ name: String) throws -> String {
    let path = "/tmp/deploy-test-\(name)-\(UInt64.random(in: 0 ... .max))"
    guard mkdir(path, 0o700) == 0 else { throw Failure(words: "cannot make \(path)") }
    return path
  }

  public static func remove(_ directory: String) {
    try? FileManager.default.removeItem(atPath: directory)
  }

  public static func write(_ text: String, to path: String, mode: UInt32 = 0o600) throws {
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    chmod(path, mode)
  }

  public static func freePort() throws -> Int {
    let (descriptor, port) = try listen()
    close(descriptor)
    return port
  }

  /// A socket that takes connections and says nothing.
  public static func listen() throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard code, Glibc.listen(descriptor, 16) == 0 else { throw Failure(words: "no free port") }
    return (descriptor, Int(address.sin_port.bigEndian))
  }

  static func answers(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var address = loopback(port)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  private static func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }
}
