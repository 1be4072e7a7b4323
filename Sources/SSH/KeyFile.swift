internal import Digests
internal import Glibc

/// A private key as it lies in a file or came in a variable, read far enough to know what it needs.
///
/// libssh2 answers -16 alike for a missing file, a wrong passphrase and a format it does not know, so
/// the difference is told here.
struct KeyFile: Sendable {
  enum Problem: Error, Equatable {
    case missing
    case unreadable(String)
    case tooOpen(mode: UInt32)
    case notAKey
  }

  /// For messages: the path as it was given, or the variable's name.
  let name: String
  /// Empty when the file only holds the public half, which then says which agent key is meant.
  let text: [UInt8]
  let isEncrypted: Bool
  /// nil for a format that hides it until the key is decrypted.
  let publicBlob: [UInt8]?
  private let isPEMRSA: Bool

  var isRSA: Bool { isPEMRSA || publicBlob.map { HostKey(blob: $0).type } == "ssh-rsa" }
  var isPublicOnly: Bool { text.isEmpty }

  init(path: String) throws(Problem) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw errno == ENOENT ? .missing : .unreadable(String(cString: strerror(errno)))
    }
    guard let bytes = File.read(path, limit: 1 << 20) else {
      throw .unreadable(String(cString: strerror(errno)))
    }
    try self.init(name: path, text: bytes)
    // As ssh has it: a key that others can read is as good as lost. A public key may be read.
    if !isPublicOnly, status.st_uid == getuid(), status.st_mode & 0o077 != 0 {
      throw .tooOpen(mode: status.st_mode & 0o777)
    }
  }

  /// A key that came as text, such as `DEPLOY_SSH_KEY`. CI systems like to lose the last newline.
  init(name: String, text: [UInt8]) throws(Problem) {
    self.name = name
    let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard let first = lines.first else { throw .notAKey }
    let body = lines.dropFirst().prefix { !$0.hasPrefix("-----END") }
    switch first {
    case "-----BEGIN OPENSSH PRIVATE KEY-----":
      guard let header = OpenSSHHeader(body.joined()) else { throw .notAKey }
      isEncrypted = header.isEncrypted
      publicBlob = header.publicBlob
      isPEMRSA = false
    case let line where line.hasPrefix("-----BEGIN ") && line.hasSuffix("PRIVATE KEY-----"):
      isEncrypted = line.contains("ENCRYPTED") || body.contains { $0.contains("ENCRYPTED") }
      publicBlob = Self.publicHalf(beside: name)
      isPEMRSA = line.contains("RSA")
    default:
      guard let blob = HostKey(line: String(first))?.blob else { throw .notAKey }
      isEncrypted = false
      publicBlob = blob
      isPEMRSA = false
      self.text = []
      return
    }
    self.text = Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// `id_rsa.pub` beside `id_rsa`.
  private static func publicHalf(beside path: String) -> [UInt8]? {
    File.read(path + ".pub", limit: 65_536).flatMap {
      HostKey(line: String(decoding: $0, as: UTF8.self))?.blob
    }
  }
}

/// The part of an `openssh-key-v1` file that is never encrypted.
private struct OpenSSHHeader {
  let isEncrypted: Bool
  let publicBlob: [UInt8]

  init?(_ base64: String) {
    let magic = Array("openssh-key-v1\0".utf8)
    guard let bytes = Base64.decode(base64), bytes.starts(with: magic) else { return nil }
    var reader = FieldReader(bytes.dropFirst(magic.count))
    guard let cipher = reader.text(), reader.field() != nil, reader.field() != nil,
      reader.number() == 1, let blob = reader.field()
    else { return nil }
    isEncrypted = cipher != "none"
    publicBlob = blob
  }
}
