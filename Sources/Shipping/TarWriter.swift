import Planning

/// Spells members of a tar archive that GNU tar and busybox both unpack byte for byte.
///
/// Names that do not fit into a ustar header go into GNU's `L` and `K` members: busybox reads
/// those and skips pax records, and every other tar knows both.
enum TarWriter {
  enum Kind {
    case file(size: UInt64)
    case directory
    case link(target: [UInt8])
    /// Another name for a member, or for what stands there already.
    case sameAs([UInt8])
  }

  /// Two blocks of zeros.
  static let end = [UInt8](repeating: 0, count: 2 * TarHeader.blockSize)

  /// What stands before a member's contents.
  static func header(
    _ path: [UInt8], _ kind: Kind, mode: UInt32, modified: Int64
  ) -> [UInt8] {
    var header = TarHeader()
    header.mode = mode
    header.modified = modified
    var out: [UInt8] = []
    switch kind {
    case .file(let size):
      header.size = size
    case .directory:
      header.type = UInt8(ascii: "5")
    case .link(let target), .sameAs(let target):
      header.type = UInt8(ascii: "2")
      if case .sameAs = kind { header.type = UInt8(ascii: "1") }
      header.target = Array(target.prefix(TarHeader.nameSize))
      if target.count > TarHeader.nameSize { out += longMember(UInt8(ascii: "K"), target) }
    }
    // A slash at the end makes old programs see a directory.
    let name = header.type == UInt8(ascii: "5") ? path + [slash] : path
    if let (prefix, rest) = split(name) {
      (header.prefix, header.name) = (prefix, rest)
    } else {
      out += longMember(UInt8(ascii: "L"), name)
      header.name = Array(name.prefix(TarHeader.nameSize))
    }
    return out + header.block
  }

  /// Zeros up to the next block.
  static func padding(afterBytes count: UInt64) -> [UInt8] {
    let block = UInt64(TarHeader.blockSize)
    return [UInt8](repeating: 0, count: Int((block - count % block) % block))
  }

  private static func longMember(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
    var header = TarHeader()
    header.name = Array("././@LongLink".utf8)
    header.type = type
    // GNU tar counts the NUL at the end.
    let contents = value + [0]
    header.size = UInt64(contents.count)
    return header.block + contents + padding(afterBytes: header.size)
  }

  /// The name in its field, or cut at a slash into the prefix's field and its own.
  private static func split(_ name: [UInt8]) -> (prefix: [UInt8], rest: [UInt8])? {
    guard name.count > TarHeader.nameSize else { return ([], name) }
    let earliest = name.count - TarHeader.nameSize - 1
    guard let cut = name[earliest...].dropLast().firstIndex(of: slash), (1...155).contains(cut)
    else { return nil }
    return (Array(name[..<cut]), Array(name[(cut + 1)...]))
  }
}

private let slash = UInt8(ascii: "/")
