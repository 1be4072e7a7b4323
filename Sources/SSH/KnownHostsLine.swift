internal import Digests

/// One line of a known_hosts file that OpenSSH would read; everything else is nil.
struct KnownHostsLine {
  enum Marker {
    case none, authority, revoked
  }

  private enum Names {
    case patterns(HostPattern)
    case hashed(salt: [UInt8], hash: [UInt8])
  }

  let marker: Marker
  let key: HostKey
  private let names: Names

  init?(_ bytes: some Sequence<UInt8>) {
    // C strings end at a zero byte, and so does what OpenSSH sees of a line.
    let line = Array(bytes.prefix { $0 != 0 })
    var words = line.split(whereSeparator: { $0 == 32 || $0 == 9 })[...]
    guard let first = words.first, first.first != UInt8(ascii: "#") else { return nil }
    if first.first == UInt8(ascii: "@") {
      switch String(decoding: first, as: UTF8.self) {
      case "@cert-authority": marker = .authority
      case "@revoked": marker = .revoked
      default: return nil
      }
      words = words.dropFirst()
    } else {
      marker = .none
    }
    guard words.count >= 3, let names = words.popFirst().flatMap(Self.names),
      let type = words.popFirst(), let text = words.popFirst(),
      let key = Self.key(type: type, text: text)
    else { return nil }
    self.names = names
    self.key = key
  }

  func names(_ host: String) -> Bool {
    switch names {
    case .patterns(let pattern): pattern.matches(host)
    case .hashed(let salt, let hash): hmacSHA1(key: salt, Array(host.utf8)) == hash
    }
  }

  /// `|1|salt|hash`: a line that does not say whom it is about.
  static func hashed(_ host: String, salt: [UInt8]) -> String {
    "|1|" + Base64.encode(salt) + "|" + Base64.encode(hmacSHA1(key: salt, Array(host.utf8)))
  }

  private static func names(_ word: ArraySlice<UInt8>) -> Names? {
    guard word.first == UInt8(ascii: "|") else { return .patterns(HostPattern(word)) }
    let parts = word.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard parts.count == 4, parts[1] == "1", let salt = Base64.decode(parts[2]),
      let hash = Base64.decode(parts[3]), salt.count == 20
    else { return nil }
    return .hashed(salt: salt, hash: hash)
  }

  /// OpenSSH skips a key that it cannot read, and then the host may be unknown instead of changed;
  /// so what it checks is checked here.
  private static func key(type: ArraySlice<UInt8>, text: ArraySlice<UInt8>) -> HostKey? {
    // A file that was edited on Windows has a carriage return at the end.
    let encoded = String(decoding: text.filter { $0 != 13 }, as: UTF8.self)
    guard let blob = Base64.decode(encoded) else { return nil }
    var reader = FieldReader(blob)
    guard let name = reader.field(), name == Array(type) else { return nil }
    let sizes: [Int?]
    switch String(decoding: name, as: UTF8.self) {
    case "ssh-ed25519": sizes = [32]
    case "ssh-rsa": sizes = [nil, nil]
    case "ssh-dss": sizes = [nil, nil, nil, nil]
    case "ecdsa-sha2-nistp256": sizes = [8, 65]
    case "ecdsa-sha2-nistp384": sizes = [8, 97]
    case "ecdsa-sha2-nistp521": sizes = [8, 133]
    case "sk-ssh-ed25519@openssh.com": sizes = [32, nil]
    case "sk-ecdsa-sha2-nistp256@openssh.com": sizes = [8, 65, nil]
    default: return nil
    }
    for size in sizes {
      guard let field = reader.field(), !field.isEmpty, size == nil || size == field.count else {
        return nil
      }
    }
    return reader.isAtEnd ? HostKey(blob: blob) : nil
  }
}
