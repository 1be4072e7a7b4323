import Operations
import Planning

/// A manifest told by what differs from another, which the other side has: `=3` takes three lines over,
/// `-2` leaves two out, `@7 lib/a.php` is line 7 under another name, and `+…` is a new line.
///
/// By numbers of lines and not by names, because manifests are sorted by the bytes of a path, which no tool
/// of a server knows how to do.
enum ManifestDelta {
  static func text(from base: Manifest, to new: Manifest) -> [UInt8] {
    var writer = Writer()
    let contents = contentLines(of: base)
    var next = 0
    for entry in new.entries {
      while next < base.entries.count, base.entries[next].path < entry.path {
        writer.skip()
        next += 1
      }
      if next < base.entries.count, base.entries[next].path == entry.path {
        let isSame = base.entries[next].kind == entry.kind
        next += 1
        guard !isSame else {
          writer.keep()
          continue
        }
        writer.skip()
      }
      if case .file = entry.kind, let line = contents[entry.kind] {
        writer.rename(line: line, to: entry.path)
      } else {
        writer.add(entry)
      }
    }
    for _ in next..<base.entries.count { writer.skip() }
    return writer.finish()
  }

  /// Where the other manifest names a content; lines count from 1.
  private static func contentLines(of base: Manifest) -> [Manifest.Kind: Int] {
    var lines: [Manifest.Kind: Int] = [:]
    for (index, entry) in base.entries.enumerated() {
      if case .file = entry.kind { lines[entry.kind] = lines[entry.kind] ?? index + 1 }
    }
    return lines
  }

  private struct Writer {
    private var out: [UInt8] = []
    private var kept = 0
    private var skipped = 0

    mutating func keep() {
      flushSkipped()
      kept += 1
    }

    mutating func skip() {
      flushKept()
      skipped += 1
    }

    mutating func rename(line: Int, to path: TreePath) {
      flushAll()
      out += "@\(line) \(Escape.encode(path.bytes))\n".utf8
    }

    mutating func add(_ entry: Manifest.Entry) {
      flushAll()
      out += "+\(entry.line)\n".utf8
    }

    mutating func finish() -> [UInt8] {
      flushAll()
      return out
    }

    private mutating func flushAll() {
      flushKept()
      flushSkipped()
    }

    private mutating func flushKept() {
      if kept > 0 { out += "=\(kept)\n".utf8 }
      kept = 0
    }

    private mutating func flushSkipped() {
      if skipped > 0 { out += "-\(skipped)\n".utf8 }
      skipped = 0
    }
  }
}
