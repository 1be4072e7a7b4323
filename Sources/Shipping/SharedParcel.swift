import Digests
import Glibc
public import Operations
public import Planning
import Processes

/// What a host sent of its shared data: an archive, and what should be in it.
public struct SharedParcel: Sendable {
  let spool: Spool
  let compression: Compression
  public let algorithm: DigestAlgorithm
  /// What the host listed before it sent the archive, in no order.
  public let entries: [Manifest.Entry]
  /// Paths that were harvested on that host.
  public let registry: [String]
  /// Files that the deploy user may not read.
  public let unreadable: [String]

  public init(
    spool: Spool, compression: Compression, algorithm: DigestAlgorithm, entries: [Manifest.Entry],
    registry: [String], unreadable: [String]
  ) {
    self.spool = spool
    self.compression = compression
    self.algorithm = algorithm
    self.entries = entries
    self.registry = registry
    self.unreadable = unreadable
  }

  public var bytes: UInt64 { entries.reduce(0) { $0 + $1.fileSize } }

  /// Files that did not arrive as they were listed: somebody wrote to them, or removed them, meanwhile.
  public func differing() throws(ShippingError) -> [TreePath] {
    var missing: [TreePath: String] = [:]
    for entry in entries { missing[entry.path] = entry.fileDigest }
    try read { (member, reader) throws(ShippingError) in
      guard member.kind == .file else { return }
      let digest = try reader.digest(using: algorithm) { (_) throws(ShippingError) in }
      if missing[member.path] == digest { missing[member.path] = nil }
    }
    return missing.keys.sorted()
  }

  func read(
    _ each: (TarMember, inout TarReader) throws(ShippingError) -> Void
  ) throws(ShippingError) {
    try spool.read { (file) throws(ShippingError) in
      try ArchiveReading.read(
        file, compression, name: "what the host sent", joined: true, each)
    }
  }
}

/// A file without a name: it is gone with the process, and nobody else ever opens it.
public final class Spool: Sendable {
  private let file: Descriptor

  public init(in directory: String) throws(ShippingError) {
    var template = cString("\(directory)/.deploy-spool-XXXXXX".utf8)
    let number = mkstemp(&template)
    guard number >= 0 else {
      throw .system(action: "make a file in", path: directory, code: errno)
    }
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    unlink(template)
    file = Descriptor(owning: number)
  }

  public func append(_ bytes: [UInt8]) throws(ShippingError) {
    guard file.write(bytes) else {
      throw .system(action: "write", path: "what the host sent", code: errno)
    }
  }

  func read(_ body: (Int32) throws(ShippingError) -> Void) throws(ShippingError) {
    lseek(file.number, 0, SEEK_SET)
    try body(file.number)
    lseek(file.number, 0, SEEK_END)
  }
}

enum ArchiveReading {
  /// Reads members from a descriptor, through a decompressor where one is needed.
  static func read(
    _ descriptor: Int32, _ compression: Compression, name: String, joined: Bool = false,
    _ each: (TarMember, inout TarReader) throws(ShippingError) -> Void
  ) throws(ShippingError) {
    guard let words = compression.decompressor else {
      return try members(of: descriptor, joined, each)
    }
    let child: Child
    do {
      child = try Child.start(
        Command(words), input: .descriptor(descriptor), output: .pipe, errors: .null)
    } catch {
      throw .missingProgram(words[0], purpose: "unpack \(name)")
    }
    var failure: ShippingError?
    do throws(ShippingError) {
      try members(of: child.output, joined, each)
    } catch {
      failure = error
    }
    close(child.output)
    let status = child.wait()
    if let failure { throw failure }
    guard status == 0 else { throw .programFailed(words[0], status: status, words: name) }
  }

  private static func members(
    of descriptor: Int32, _ joined: Bool,
    _ each: (TarMember, inout TarReader) throws(ShippingError) -> Void
  ) throws(ShippingError) {
    var reader = TarReader(descriptor: descriptor, joined: joined)
    while let member = try reader.next() { try each(member, &reader) }
  }
}

extension TarReader {
  /// Reads the current member to its end, hands it on and names it.
  mutating func digest(
    using algorithm: DigestAlgorithm, _ each: ([UInt8]) throws(ShippingError) -> Void
  ) throws(ShippingError) -> String {
    var hash = algorithm.hash.init()
    while true {
      let piece = try contents()
      guard !piece.isEmpty else { return hex(hash.finish()) }
      piece.withUnsafeBytes { hash.update($0) }
      try each(piece)
    }
  }
}

extension Manifest.Entry {
  public var fileSize: UInt64 {
    if case .file(_, let size, _) = kind { size } else { 0 }
  }

  var fileDigest: String? {
    if case .file(_, _, let digest) = kind { digest } else { nil }
  }

  /// One line of a host's list, which has no order of ours.
  public static func list(_ line: [UInt8], _ algorithm: DigestAlgorithm) throws(ShippingError)
    -> [Manifest.Entry]
  {
    try Manifest(text: line + [UInt8(ascii: "\n")], algorithm: algorithm).entries
  }
}
