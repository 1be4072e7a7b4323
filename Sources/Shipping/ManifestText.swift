public import Planning
import Digests
import Operations

/// The text form of a manifest, which client and server both write and compare.
extension Manifest {
  public var text: [UInt8] {
    var out: [UInt8] = []
    for entry in entries {
      out += entry.line.utf8
      out.append(UInt8(ascii: "\n"))
    }
    return out
  }

  /// Names the tree: equal for equal trees, whatever was done to get there.
  public var digest: String { hex(SHA256.hash(text)) }

  public init(text: [UInt8], algorithm: DigestAlgorithm) throws(ShippingError) {
    var entries: [Entry] = []
    var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.removeLast().isEmpty else {
      throw .manifestLine(number: lines.count + 1, problem: "ends early")
    }
    for (index, line) in lines.enumerated() {
      do throws(LineProblem) {
        let entry = try Entry(line: line)
        if let last = entries.last, !(last.path < entry.path) {
          throw LineProblem(words: "'\(entry.path.shown)' is out of order or given twice")
        }
        entries.append(entry)
      } catch {
        throw .manifestLine(number: index + 1, problem: error.words)
      }
    }
    self.init(algorithm: algorithm, entries: entries)
  }
}

private struct LineProblem: Error {
  var words: String
}

extension Manifest.Entry {
  var line: String {
    let name = Escape.encode(path.bytes)
    return switch kind {
    case .file(let mode, let size, let digest): "f \(octal(mode)) \(size) \(digest) \(name)"
    case .directory(let mode): "d \(octal(mode)) - - \(name)"
    case .link(let target): "l 0777 - - \(name) \(Escape.encode(target))"
    }
  }

  fileprivate init(line: ArraySlice<UInt8>) throws(LineProblem) {
    let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard fields.count == (fields[0].elementsEqual("l".utf8) ? 6 : 5) else {
      throw LineProblem(words: "has \(fields.count) fields")
    }
    guard let bytes = Escape.decode(fields[4]) else { throw LineProblem(words: "a bad escape") }
    let path = TreePath(bytes)
    guard path.isSafe else { throw LineProblem(words: "'\(path.shown)' is no path of a release") }
    guard let mode = parseMode(fields[1]) else { throw LineProblem(words: "a bad mode") }
    let blank = fields[2].elementsEqual("-".utf8) && fields[3].elementsEqual("-".utf8)
    switch fields[0].first {
    case UInt8(ascii: "f") where fields[0].count == 1:
      guard let size = parseSize(fields[2]) else { throw LineProblem(words: "a bad size") }
      guard isDigest(fields[3]) else { throw LineProblem(words: "a bad digest") }
      let digest = String(decoding: fields[3], as: UTF8.self)
      self.init(path: path, kind: .file(mode: mode, size: size, digest: digest))
    case UInt8(ascii: "d") where fields[0].count == 1 && blank:
      self.init(path: path, kind: .directory(mode: mode))
    case UInt8(ascii: "l") where fields[0].count == 1 && blank && mode == 0o777:
      guard let target = Escape.decode(fields[5]), !target.isEmpty, !target.contains(0)
      else { throw LineProblem(words: "a bad link target") }
      self.init(path: path, kind: .link(target: target))
    default: throw LineProblem(words: "is no file, directory or link")
    }
  }
}

func octal(_ mode: UInt32) -> String {
  let digits = String(mode, radix: 8)
  return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
}

private func parseMode(_ field: ArraySlice<UInt8>) -> UInt32? {
  guard field.count == 4, field.first == UInt8(ascii: "0") else { return nil }
  return UInt32(String(decoding: field, as: UTF8.self), radix: 8)
}

/// One number has one spelling, or equal trees would have different digests.
private func parseSize(_ field: ArraySlice<UInt8>) -> UInt64? {
  let text = String(decoding: field, as: UTF8.self)
  guard let size = UInt64(text), String(size) == text else { return nil }
  return size
}

private func isDigest(_ field: ArraySlice<UInt8>) -> Bool {
  field.count == 64
    && field.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
}
