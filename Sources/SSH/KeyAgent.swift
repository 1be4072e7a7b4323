internal import Glibc
internal import Remote

/// A client of the SSH agent protocol (draft-miller-ssh-agent): list and sign, nothing else.
///
/// libssh2's own client cannot ask for RSA signatures with SHA-2.
struct KeyAgent: Sendable {
  struct Identity: Sendable, Equatable {
    let blob: [UInt8]
    let comment: String

    var type: String { HostKey(blob: blob).type }
    var isRSA: Bool { type == "ssh-rsa" }

    /// What libssh2 1.10 can present: no certificates, no hardware keys.
    var isUsable: Bool {
      isRSA || type == "ssh-ed25519" || type.hasPrefix("ecdsa-sha2-nistp")
    }
  }

  struct Failure: Error, Equatable {
    let words: String
  }

  /// OpenSSH's own bound on a message.
  private static let largest = 256 * 1024

  let path: String

  func identities(before limit: Moment) throws(Failure) -> [Identity] {
    var reader = FieldReader(try ask([11], before: limit))
    guard reader.byte() == 12, let count = reader.number() else {
      throw Failure(words: "the agent does not list its keys")
    }
    var identities: [Identity] = []
    while identities.count < count, let blob = reader.field(), let comment = reader.field() {
      let comment = String(decoding: comment, as: UTF8.self)
      identities.append(Identity(blob: blob, comment: comment))
    }
    return identities
  }

  /// The signature as SSH has it: the algorithm's name and the bare signature.
  func sign(_ message: [UInt8], with identity: Identity, before limit: Moment)
    throws(Failure) -> [UInt8]
  {
    var request = FieldWriter()
    request.byte(13)
    request.field(identity.blob)
    request.field(message)
    request.number(identity.isRSA ? 4 : 0)  // SSH_AGENT_RSA_SHA2_512
    var reader = FieldReader(try ask(request.bytes, before: limit))
    guard reader.byte() == 14, let signature = reader.field() else {
      throw Failure(words: "the agent refused to sign")
    }
    return signature
  }

  private func ask(_ request: [UInt8], before limit: Moment) throws(Failure) -> [UInt8] {
    let socket = try connect()
    defer { Glibc.close(socket) }
    var frame = FieldWriter()
    frame.field(request)
    var sent = 0
    while sent < frame.bytes.count {
      try wait(socket, POLLOUT, until: limit)
      let count = frame.bytes[sent...].withUnsafeBytes {
        send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count >= 0 || errno == EAGAIN || errno == EINTR else { throw failure() }
      sent += max(count, 0)
    }
    var header = FieldReader(try receive(4, from: socket, until: limit))
    guard let length = header.number(), length > 0, length <= Self.largest else {
      throw Failure(words: "the agent's answer has an impossible length")
    }
    return try receive(Int(length), from: socket, until: limit)
  }

  private func connect() throws(Failure) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard name.count < room else { throw Failure(words: "the agent's path is too long") }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let descriptor = socket(
      AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw failure() }
    let code = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard code == 0 else {
      let error = failure()
      Glibc.close(descriptor)
      throw error
    }
    return descriptor
  }

  private func receive(_ count: Int, from socket: Int32, until limit: Moment)
    throws(Failure) -> [UInt8]
  {
    var bytes: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 4_096)
    while bytes.count < count {
      try wait(socket, POLLIN, until: limit)
      let got = recv(socket, &room, min(room.count, count - bytes.count), 0)
      if got < 0, errno == EAGAIN || errno == EINTR { continue }
      guard got > 0 else { throw Failure(words: "the agent hung up") }
      bytes += room[..<got]
    }
    return bytes
  }

  private func wait(_ socket: Int32, _ event: Int32, until limit: Moment) throws(Failure) {
    var wait = pollfd(fd: socket, events: Int16(event), revents: 0)
    while true {
      let count = poll(&wait, 1, limit.milliseconds)
      if count > 0 { return }
      guard count < 0, errno == EINTR else {
        throw Failure(words: "the agent did not answer in time")
      }
    }
  }

  private func failure() -> Failure {
    Failure(words: "the agent at '\(path)' does not answer: \(String(cString: strerror(errno)))")
  }
}
