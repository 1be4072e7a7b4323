/// The Swift expression of a file's bytes.
///
/// A string literal compiles in no time, while an array of some thousand integers takes the type
/// checker seconds; so only what is not plain text becomes numbers.
func literal(_ bytes: [UInt8]) -> String {
  guard !bytes.isEmpty else { return "[]" }
  guard isPlainText(bytes) else {
    return "[" + bytes.map(String.init).joined(separator: ", ") + "]"
  }

  let text = String(decoding: bytes, as: UTF8.self)
  let hashes = String(repeating: "#", count: longestRunOfHashes(bytes) + 1)
  return "Array(\n\(hashes)\"\"\"\n\(text)\n\"\"\"\(hashes).utf8)"
}

/// A carriage return would be read as a line feed inside a literal, and other control characters
/// draw warnings.
private func isPlainText(_ bytes: [UInt8]) -> Bool {
  let isPrintable = bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A || $0 == 0x09 }
  return isPrintable && String(validating: bytes, as: UTF8.self) != nil
}

/// With one `#` more than any run in the text, neither `"""##` nor `\##(` can end or escape it.
private func longestRunOfHashes(_ bytes: [UInt8]) -> Int {
  var longest = 0
  var current = 0
  for byte in bytes {
    current = byte == UInt8(ascii: "#") ? current + 1 : 0
    longest = max(longest, current)
  }
  return longest
}
