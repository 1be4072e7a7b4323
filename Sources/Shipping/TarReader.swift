import Glibc
import Planning

/// One member of an archive, its name checked.
struct TarMember: Equatable {
  var path: TreePath
  var kind: Kind
  var mode: UInt32
  var size: UInt64
  var modified: Int64

  enum Kind: Equatable {
    case file
    case directory
    case link(target: [UInt8])
    case hardLink(to: TreePath)
  }
}

/// Reads an archive from a descriptor: ustar, pax (global headers too) and GNU's long names.
struct TarReader: ~Copyable {
  private let descriptor: Int32
  /// Of the current member, what was not read yet, and the zeros that follow it.
  private var unread: UInt64 = 0
  private var padding: UInt64 = 0
  private var global: [String: [UInt8]] = [:]
  private var lastName = ""

  /// Far above any name that a file system takes.
  private static let longestRecord: UInt64 = 1 << 20

  /// Whether another archive may follow the end of one.
  private let isJoined: Bool

  /// The descriptor stays the caller's.
  init(descriptor: Int32, joined: Bool = false) {
    self.descriptor = descriptor
    isJoined = joined
  }

  /// The next member, or nil at the end. What was not read of the last one is passed over.
  mutating func next() throws(ShippingError) -> TarMember? {
    var local = global
    while true {
      try skipContents()
      guard let block = try header() else { return nil }
      guard block.contains(where: { $0 != 0 }) else {
        if isJoined { continue }
        try drain()
        return nil
      }
      guard let header = TarHeader(block: block) else { throw refusal("a damaged header") }
      unread = header.size
      padding = UInt64(TarWriter.padding(afterBytes: unread).count)
      switch header.type {
      case UInt8(ascii: "x"):
        local.merge(try TarRecords.parse(try record())) { $1 }
      case UInt8(ascii: "g"):
        global.merge(try TarRecords.parse(try record())) { $1 }
        local.merge(global) { $1 }
      case UInt8(ascii: "L"): local["path"] = Array(try record().prefix { $0 != 0 })
      case UInt8(ascii: "K"): local["linkpath"] = Array(try record().prefix { $0 != 0 })
      case UInt8(ascii: "V"): continue
      default:
        guard let member = try member(header, local) else {
          // The root itself, `./`.
          local = global
          continue
        }
        return member
      }
    }
  }

  /// The next block; nil at the end of the input, where joined archives end.
  private func header() throws(ShippingError) -> [UInt8]? {
    guard isJoined else { return try exactly(TarHeader.blockSize) }
    let start = try some(TarHeader.blockSize)
    guard !start.isEmpty else { return nil }
    return try start + exactly(TarHeader.blockSize - start.count)
  }

  /// The next piece of the current member's contents; empty at its end.
  mutating func contents(upTo most: Int = 256 * 1024) throws(ShippingError) -> [UInt8] {
    guard unread > 0 else { return [] }
    let piece = try some(min(most, Int(clamping: unread)))
    guard !piece.isEmpty else { throw refusal("the archive ends early") }
    unread -= UInt64(piece.count)
    return piece
  }

  private mutating func member(
    _ header: TarHeader, _ records: [String: [UInt8]]
  ) throws(ShippingError) -> TarMember? {
    let own = header.prefix.isEmpty ? header.name : header.prefix + [slash] + header.name
    let name = records["path"] ?? own
    lastName = shown(name)
    guard !records.keys.contains(where: { $0.hasPrefix("GNU.sparse.") }) else {
      throw refusal("sparse files are not supported, pack it without --sparse")
    }
    let target = records["linkpath"] ?? header.target
    let kind: TarMember.Kind
    switch header.type {
    case UInt8(ascii: "0"), 0, UInt8(ascii: "7"): kind = name.last == slash ? .directory : .file
    case UInt8(ascii: "1"):
      guard let original = try path(target) else { throw refusal("a hard link to nothing") }
      kind = .hardLink(to: original)
    case UInt8(ascii: "2"):
      guard !target.isEmpty, !target.contains(0) else { throw refusal("a link to nothing") }
      kind = .link(target: target)
    case UInt8(ascii: "5"): kind = .directory
    case UInt8(ascii: "3"), UInt8(ascii: "4"): throw refusal("a device")
    case UInt8(ascii: "6"): throw refusal("a fifo")
    case UInt8(ascii: "S"): throw refusal("sparse files are not supported")
    default: throw refusal("a member of unknown type")
    }
    try settleSize(of: kind, record: records["size"])
    let modified =
      records["mtime"].flatMap {
        Int64(String(decoding: $0.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self))
      } ?? header.modified
    guard let path = try path(name) else { return nil }
    return TarMember(
      path: path, kind: kind, mode: header.mode, size: unread, modified: modified)
  }

  /// How many bytes of contents follow. Of directories and links none do, whatever the header says:
  /// for old programs the size of a directory was a limit.
  private mutating func settleSize(
    of kind: TarMember.Kind, record: [UInt8]?
  ) throws(ShippingError) {
    if let record {
      guard let size = UInt64(String(decoding: record, as: UTF8.self)), size < 1 << 62 else {
        throw refusal("a bad size")
      }
      unread = size
    }
    switch kind {
    case .file: break
    case .directory, .link: unread = 0
    case .hardLink: guard unread == 0 else { throw refusal("a hard link with contents") }
    }
    padding = UInt64(TarWriter.padding(afterBytes: unread).count)
  }

  /// nil for the root. Empty components and `.` are a habit of many programs and mean nothing.
  private func path(_ name: [UInt8]) throws(ShippingError) -> TreePath? {
    guard name.first != slash else { throw refusal("an absolute name") }
    let parts = name.split(separator: slash).filter { !$0.elementsEqual(".".utf8) }
    guard !parts.isEmpty else { return nil }
    let path = TreePath(Array(parts.joined(separator: [slash])))
    guard path.isSafe else { throw refusal("a name with '..' or NUL in it") }
    return path
  }

  private mutating func record() throws(ShippingError) -> [UInt8] {
    guard unread <= Self.longestRecord else { throw refusal("a header of \(unread) bytes") }
    let bytes = try exactly(Int(unread))
    unread = 0
    return bytes
  }

  private mutating func skipContents() throws(ShippingError) {
    while unread > 0 { _ = try contents() }
    _ = try exactly(Int(padding))
    padding = 0
  }

  /// To the end of the input, so that whoever writes it does not die of a broken pipe.
  private func drain() throws(ShippingError) {
    while !(try some(64 * 1024)).isEmpty {}
  }

  private func exactly(_ count: Int) throws(ShippingError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let piece = try some(count - bytes.count)
      guard !piece.isEmpty else { throw refusal("the archive ends early") }
      bytes += piece
    }
    return bytes
  }

  private func some(_ count: Int) throws(ShippingError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while true {
        let got = read(descriptor, buffer.baseAddress, count)
        if got < 0, errno == EINTR { continue }
        if got < 0 { failure = errno }
        filled = max(0, got)
        return
      }
    }
    guard failure == 0 else { throw .system(action: "read", path: "the archive", code: failure) }
    return bytes
  }

  private func refusal(_ problem: String) -> ShippingError {
    .archive(member: lastName, problem: problem)
  }
}

/// The records of a pax header: `length key=value` and a newline, where values are any bytes.
private enum TarRecords {
  static func parse(_ bytes: [UInt8]) throws(ShippingError) -> [String: [UInt8]] {
    var records: [String: [UInt8]] = [:]
    var rest = bytes[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0 != UInt8(ascii: " ") }
      guard let length = Int(String(decoding: digits, as: UTF8.self)),
        length > digits.count + 2, length <= rest.count
      else { throw .archive(member: "pax header", problem: "a damaged record") }
      let record = rest.dropFirst(digits.count + 1).prefix(length - digits.count - 1)
      guard record.last == UInt8(ascii: "\n"),
        let equals = record.firstIndex(of: UInt8(ascii: "="))
      else { throw .archive(member: "pax header", problem: "a damaged record") }
      let key = String(decoding: record[..<equals], as: UTF8.self)
      records[key] = Array(record[(equals + 1)...].dropLast())
      rest = rest.dropFirst(length)
    }
    return records
  }
}

private let slash = UInt8(ascii: "/")
