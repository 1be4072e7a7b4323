/// Signs what libssh2 must prove, on behalf of a key that libssh2 does not hold.
final class Signer {
  private let agent: KeyAgent
  private let identity: KeyAgent.Identity
  private let limit: Moment
  private(set) var complaint: String?

  init(_ identity: KeyAgent.Identity, of agent: KeyAgent, before limit: Moment) {
    self.agent = agent
    self.identity = identity
    self.limit = limit
  }

  /// The key as libssh2 is to announce it.
  ///
  /// libssh2 1.10 takes the signature's algorithm from the first field of the key, which for RSA says
  /// `ssh-rsa`, that is SHA-1, which servers refuse. With `rsa-sha2-512` written there OpenSSH reads
  /// the key all the same (tested with 9.2) and the signature is the modern one.
  var publicKey: [UInt8] {
    var reader = FieldReader(identity.blob)
    guard identity.isRSA, reader.field() != nil else { return identity.blob }
    var writer = FieldWriter()
    writer.field(Array("rsa-sha2-512".utf8))
    return writer.bytes + reader.rest
  }

  /// libssh2 wraps the bare signature itself.
  func sign(_ message: [UInt8]) -> [UInt8]? {
    do throws(KeyAgent.Failure) {
      let signature = try agent.sign(message, with: identity, before: limit)
      var reader = FieldReader(signature)
      guard reader.field() != nil, let bare = reader.field() else { return nil }
      return bare
    } catch {
      complaint = error.words
      return nil
    }
  }
}
