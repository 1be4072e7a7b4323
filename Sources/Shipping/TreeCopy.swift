import Glibc
import Planning

/// Copies walked entries to an empty directory, so that a build cannot touch the original.
struct TreeCopy {
  let root: String
  let entries: [TreeEntry]

  init(from root: String, entries: [TreeEntry]) {
    self.root = root
    self.entries = entries
  }

  func copy(into directory: String) throws(ShippingError) {
    let source = try Descriptor.directory(root)
    var builder = try TreeBuilder(in: directory)
    var buffer = [UInt8](repeating: 0, count: 256 * 1024)
    for entry in entries {
      switch entry.kind {
      case .directory: try builder.makeDirectory(entry.path, mode: entry.mode)
      case .link(let target): try builder.makeLink(entry.path, to: target)
      case .file:
        var reader = try FileReader(entry, under: source)
        let file = try builder.makeFile(entry.path)
        while true {
          let count = try reader.read(into: &buffer)
          guard count > 0 else { break }
          try file.write(count == buffer.count ? buffer : Array(buffer[..<count]))
        }
        try file.finish(mode: entry.mode, modified: Int64(entry.modified.seconds))
      }
    }
    try builder.finish()
  }
}
