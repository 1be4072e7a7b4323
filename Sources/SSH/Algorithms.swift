internal import CLibSSH2

/// What we agree to: no SHA-1, no CBC, no compression (a compressor in front of the payload does
/// better: 22 MB/s against 112).
enum Algorithms {
  enum Method: CaseIterable {
    case keyExchange, hostKey, cipherOut, cipherIn, macOut, macIn

    /// `LIBSSH2_METHOD_*`.
    var number: Int32 {
      switch self {
      case .keyExchange: LIBSSH2_METHOD_KEX
      case .hostKey: LIBSSH2_METHOD_HOSTKEY
      case .cipherOut: LIBSSH2_METHOD_CRYPT_CS
      case .cipherIn: LIBSSH2_METHOD_CRYPT_SC
      case .macOut: LIBSSH2_METHOD_MAC_CS
      case .macIn: LIBSSH2_METHOD_MAC_SC
      }
    }
  }

  static func allowed(_ method: Method) -> [String] {
    switch method {
    case .keyExchange:
      [
        "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512",
        "diffie-hellman-group14-sha256",
      ]
    case .hostKey: hostKeys
    // Not chacha20 and no encrypt-then-mac: they are what the Terrapin attack cuts when strict key
    // exchange is missing, as it is before libssh2 1.11.1.
    case .cipherOut, .cipherIn:
      [
        "aes128-ctr", "aes256-ctr", "aes192-ctr", "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
      ]
    case .macOut, .macIn: ["hmac-sha2-256", "hmac-sha2-512"]
    }
  }

  static let hostKeys = [
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "rsa-sha2-512", "rsa-sha2-256",
  ]

  /// Types that are known for a host come first: a server with several keys must be asked for the
  /// one that we can check.
  static func hostKeys(knownFirst known: Set<String>) -> [String] {
    let names = known.flatMap { $0 == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [$0] }
    let first = hostKeys.filter { names.contains($0) }
    return first + hostKeys.filter { !first.contains($0) }
  }
}
