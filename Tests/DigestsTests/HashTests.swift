import Digests
import Processes
import Testing

/// A hash under test beside the program that must agree with it.
struct HashCase: Sendable, CustomTestStringConvertible {
  let name: String
  let program: [String]
  let hash: any HashFunction.Type

  var testDescription: String { name }

  static let all = [
    HashCase(name: "SHA-256", program: ["sha256sum"], hash: SHA256.self),
    HashCase(name: "BLAKE2b-256", program: ["b2sum", "-l", "256"], hash: BLAKE2b.self),
    HashCase(name: "SHA-1", program: ["sha1sum"], hash: SHA1.self),
  ]
}

@Suite("Hashes")
struct HashTests {
  @Test(
    "give the published digests",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func sha256Vectors(text: String, digest: String) {
    #expect(hex(SHA256.hash(Array(text.utf8))) == digest)
  }

  @Test(
    "of BLAKE2b with 32 bytes are those of RFC 7693's parameters",
    arguments: [
      ("", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
      ("abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
    ])
  func blakeVectors(text: String, digest: String) {
    #expect(hex(BLAKE2b.hash(Array(text.utf8))) == digest)
  }

  @Test("of SHA-1 give the published digest")
  func sha1Vector() {
    #expect(hex(SHA1.hash(Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
  }

  @Test(
    "keyed with SHA-1 give the digests of RFC 2202",
    arguments: [
      (
        [UInt8](repeating: 0x0b, count: 20), "Hi There",
        "b617318655057264e28bc0b6fb378c8ef146be00"
      ),
      (
        Array("Jefe".utf8), "what do ya want for nothing?",
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
      ),
      (
        [UInt8](repeating: 0xaa, count: 80),
        "Test Using Larger Than Block-Size Key - Hash Key First",
        "aa4ae5e15272d00e95705637ce8a3b55ed402112"
      ),
    ])
  func hmac(key: [UInt8], message: String, digest: String) {
    #expect(hex(hmacSHA1(key: key, Array(message.utf8))) == digest)
  }

  /// Lengths around each border of blocks of 64 and 128 bytes, where padding goes wrong.
  static let lengths = [
    0, 1, 54, 55, 56, 57, 63, 64, 65, 111, 112, 113, 119, 120, 127, 128, 129, 191, 192, 193, 255,
    256, 257, 383, 384, 385, 1000, 70_001,
  ]

  @Test("fed in odd pieces agree with the system's programs", arguments: HashCase.all)
  func agreement(of hashCase: HashCase) throws {
    for length in Self.lengths {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255) }
      var hash = hashCase.hash.init()
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...max(1, min(300, rest.count))))
        hash.update(Array(piece))
        rest = rest.dropFirst(piece.count)
      }
      let printed = try Command(hashCase.program, input: bytes).run().text
      #expect(hex(hash.finish()) == printed.prefix { $0 != " " }, "\(length) bytes")
      #expect(hash.finish() == hashCase.hash.hash(bytes), "\(length) bytes at once")
    }
  }

  @Test("may be read in the middle without disturbing what follows", arguments: HashCase.all)
  func reading(of hashCase: HashCase) {
    var hash = hashCase.hash.init()
    hash.update([1, 2, 3])
    _ = hash.finish()
    hash.update([4])
    #expect(hash.finish() == hashCase.hash.hash([1, 2, 3, 4]))
  }
}
