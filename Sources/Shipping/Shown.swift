import Planning

/// Text for a terminal: control characters and what would reorder a line show as escapes, so that
/// a file's name or a build's output cannot drive the reader's screen.
func shown(_ text: String) -> String {
  var out = ""
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0x00..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069:
      out += "\\u{\(String(scalar.value, radix: 16))}"
    default: out.unicodeScalars.append(scalar)
    }
  }
  return out
}

func shown(_ bytes: [UInt8]) -> String { shown(String(decoding: bytes, as: UTF8.self)) }

extension TreePath {
  var shown: String { Shipping.shown(bytes) }
}
