import Operations
import Processes
import TestSupport
import Testing

@Suite("The encoding of fields", .serialized)
struct EscapeTests {
  @Test("every byte comes back")
  func roundTrip() {
    let bytes = Array(UInt8.min...UInt8.max)
    #expect(Escape.decode(Escape.encode(bytes).utf8) == bytes)
    for byte in bytes { #expect(Escape.decode(Escape.encode([byte, 0x37]).utf8) == [byte, 0x37]) }
  }

  @Test("an encoded text is one word that no shell takes for more")
  func oneWord() {
    let text = Escape.encode(Array(UInt8.min...UInt8.max))
    let plain = text.utf8.filter { !"_./:@,+-\\".utf8.contains($0) }
    #expect(plain.allSatisfy { Character(Unicode.Scalar($0)).isLetter || (48...57).contains($0) })
  }

  @Test(
    "what is no encoding is refused",
    arguments: ["a b", "\\", "\\0", "\\012", "\\0400", "\\x41", "\\101", "\\0 12", "é", "*", "\n"])
  func refused(text: String) {
    #expect(Escape.decode(text.utf8) == nil)
  }

  @Test("every byte but NUL goes through a shell's decode and encode", arguments: Shell.all)
  func throughShell(in shell: Shell) throws {
    let bytes = Array(UInt8(1)...UInt8.max)
    // A digit after a byte could be taken for a part of its escape; newlines at an end get lost.
    let all = bytes.flatMap { [$0, 0x37] } + bytes.reversed() + [10, 10]
    let script =
      #"decode "$1"; printf %s "$decoded"; printf '|'; encode "$decoded"; say "$encoded""#
    let result = try Command(shell.words(shell.functions + script, [Escape.encode(all)])).run()
    #expect(Array(result.output.prefix(all.count)) == all)
    let encoded = result.output.dropFirst(all.count + 1 + "\u{1e}none ".utf8.count).dropLast()
    #expect(Escape.decode(encoded) == all)
    #expect(result.errorText.isEmpty)
  }
}
