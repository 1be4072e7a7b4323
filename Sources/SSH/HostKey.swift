internal import Digests

/// A host's public key, as it travels and as people know it.
public struct HostKey: Sendable, Equatable {
  public let blob: [UInt8]

  public init(blob: [UInt8]) {
    self.blob = blob
  }

  /// From type and base64, as a `.pub` file and a known_hosts line hold it.
  public init?(line: String) {
    let words = line.split(whereSeparator: \.isWhitespace)
    guard words.count >= 2, let blob = Base64.decode(String(words[1])) else { return nil }
    self.init(blob: blob)
    guard type == words[0] else { return nil }
  }

  /// The name at the front of the blob, such as `ssh-ed25519`.
  public var type: String {
    var reader = FieldReader(blob)
    return reader.text() ?? "unknown"
  }

  /// What `ssh-keygen -l` prints: `SHA256:` and the hash in base64 without padding.
  public var fingerprint: String {
    "SHA256:" + Base64.encode(SHA256.hash(blob), padded: false)
  }

  /// As a known_hosts file holds it: type, blank, base64.
  public var line: String { type + " " + Base64.encode(blob) }

  /// Short names for people: `ED25519`, `ECDSA`, `RSA`.
  public var kind: String {
    switch type {
    case "ssh-ed25519": "ED25519"
    case "ssh-rsa": "RSA"
    case let name where name.hasPrefix("ecdsa-sha2-"): "ECDSA"
    default: type
    }
  }
}
