import Planning

/// Unpacks an archive into an empty directory; an archive is written by somebody else, so every
/// name is checked and its size is bounded.
struct TarExtraction {
  var mostEntries = 2_000_000
  var mostBytes: UInt64 = 1 << 38

  func extract(from descriptor: Int32, into directory: String) throws(ShippingError) {
    var reader = TarReader(descriptor: descriptor)
    var builder = try TreeBuilder(in: directory)
    var entriesLeft = mostEntries
    var bytesLeft = mostBytes
    while let member = try reader.next() {
      guard entriesLeft > 0, member.size <= bytesLeft else {
        throw .archive(
          member: member.path.shown,
          problem: "more than \(mostEntries) entries or \(mostBytes) bytes")
      }
      entriesLeft -= 1
      bytesLeft -= member.size
      switch member.kind {
      case .directory: try builder.makeDirectory(member.path, mode: member.mode)
      case .link(let target): try builder.makeLink(member.path, to: target)
      case .hardLink(let original):
        bytesLeft -= try builder.makeCopy(member.path, of: original, upTo: bytesLeft)
      case .file:
        let file = try builder.makeFile(member.path)
        while true {
          let piece = try reader.contents()
          guard !piece.isEmpty else { break }
          try file.write(piece)
        }
        try file.finish(mode: member.mode, modified: member.modified)
      }
    }
    try builder.finish()
  }
}
