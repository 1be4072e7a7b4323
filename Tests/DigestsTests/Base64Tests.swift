import Digests
import Processes
import Testing

@Suite("Base64")
struct Base64Tests {
  @Test(
    "encodes and decodes the table of RFC 4648",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
  func table(plain: String, encoded: String) {
    let bytes = Array(plain.utf8)
    let bare = String(encoded.prefix { $0 != "=" })
    #expect(Base64.encode(bytes) == encoded)
    #expect(Base64.encode(bytes, padded: false) == bare)
    #expect(Base64.decode(encoded) == bytes)
    #expect(Base64.decode(bare, padded: false) == bytes)
  }

  @Test(
    "refuses what is not exactly an encoding",
    arguments: [
      "Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm-_", "Z",
      "Zg==Zg==", "Zé==",
    ])
  func refusal(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test("without padding refuses padding", arguments: ["Zg==", "Zm8=", "Z"])
  func refusalOfPadding(text: String) {
    #expect(Base64.decode(text, padded: false) == nil)
  }

  @Test("agrees with the system's program")
  func agreement() throws {
    for length in 0..<70 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255) }
      let printed = try Command(["base64", "-w0"], input: bytes).run().text
      #expect(Base64.encode(bytes) == printed)
      #expect(Base64.decode(printed) == bytes)
    }
  }
}
