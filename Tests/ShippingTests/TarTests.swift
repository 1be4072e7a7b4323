import Glibc
import Planning
import Processes
import TestSupport
import Testing

@testable import Shipping

/// A member of an archive that is written by hand, as somebody with bad intentions would.
private func member(
  _ name: String, type: Character = "0", target: String = "", contents: [UInt8] = [],
  size: UInt64? = nil
) -> [UInt8] {
  var header = TarHeader()
  header.name = Array(name.utf8)
  header.type = type.asciiValue ?? 0
  header.target = Array(target.utf8)
  header.mode = 0o644
  header.size = size ?? UInt64(contents.count)
  return header.block + contents + TarWriter.padding(afterBytes: UInt64(contents.count))
}

/// A pax header; the record's length counts itself.
private func pax(_ records: [(String, String)], type: Character = "x") -> [UInt8] {
  var contents: [UInt8] = []
  for (key, value) in records {
    let rest = " \(key)=\(value)\n".utf8.count
    var length = rest + 1
    while "\(length)".utf8.count + rest != length { length += 1 }
    contents += Array("\(length) \(key)=\(value)\n".utf8)
  }
  return member("pax", type: type, contents: contents)
}

private func extract(
  _ archive: [UInt8], in scratch: TreeScratch, _ extraction: TarExtraction = TarExtraction()
) throws {
  try scratch.write(archive, to: Array("archive.tar".utf8))
  let target = try scratch.directory("target")
  let file = try Descriptor("\(scratch.path)/archive.tar", O_RDONLY)
  try extraction.extract(from: file.number, into: target)
}

struct HostileArchive: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  var testDescription: String { name }

  static let all: [HostileArchive] = [
    .init(name: "absolute name", bytes: member("/tmp/evil", contents: [1])),
    .init(name: "dot dot", bytes: member("../evil", contents: [1])),
    .init(name: "dot dot inside", bytes: member("a/../../evil", contents: [1])),
    .init(name: "dot dot alone", bytes: member("..", type: "5")),
    .init(name: "absolute pax name", bytes: pax([("path", "/tmp/evil")]) + member("a")),
    .init(name: "dot dot pax name", bytes: pax([("path", "a/../../evil")]) + member("a")),
    .init(name: "NUL in a pax name", bytes: pax([("path", "a\u{0}b")]) + member("a")),
    .init(
      name: "dot dot GNU name",
      bytes: member("././@LongLink", type: "L", contents: Array("../evil\u{0}".utf8))
        + member("a")),
    .init(
      name: "dot dot in a global header",
      bytes: pax([("path", "../evil")], type: "g") + member("a")),
    .init(
      name: "write through a link",
      bytes: member("l", type: "2", target: "..") + member("l/evil", contents: [1])),
    .init(
      name: "write over a link",
      bytes: member("l", type: "2", target: "../evil") + member("l", contents: [1])),
    .init(
      name: "directory over a link",
      bytes: member("l", type: "2", target: "..") + member("l", type: "5")
        + member("l/evil", contents: [1])),
    .init(
      name: "link over a directory with files",
      bytes: member("d", type: "5") + member("d", type: "2", target: "..")
        + member("d/evil", contents: [1])),
    .init(name: "hard link to the outside", bytes: member("h", type: "1", target: "../evil")),
    .init(name: "absolute hard link", bytes: member("h", type: "1", target: "/etc/passwd")),
    .init(
      name: "hard link through a link",
      bytes: member("l", type: "2", target: "/etc") + member("h", type: "1", target: "l/passwd")),
    .init(
      name: "hard link to a link",
      bytes: member("l", type: "2", target: "/etc/passwd") + member("h", type: "1", target: "l")),
    .init(name: "hard link to nothing", bytes: member("h", type: "1", target: "gone")),
    .init(name: "character device", bytes: member("null", type: "3")),
    .init(name: "block device", bytes: member("disk", type: "4")),
    .init(name: "fifo", bytes: member("pipe", type: "6")),
    .init(name: "sparse file", bytes: member("s", type: "S")),
    .init(name: "pax sparse file", bytes: pax([("GNU.sparse.major", "1")]) + member("s")),
    .init(name: "unknown type", bytes: member("u", type: "Z")),
    .init(name: "truncated contents", bytes: member("t", size: 100_000)),
    .init(name: "endless pax header", bytes: member("pax", type: "x", size: 1 << 40)),
    .init(name: "size beyond all", bytes: member("t", size: 1 << 60)),
    .init(name: "damaged pax record", bytes: member("p", type: "x", contents: [0x39, 0x39])),
    .init(name: "file under a file", bytes: member("f") + member("f/g")),
  ]
}

@Suite("A tar archive")
struct TarTests {
  @Test("that is hostile is refused and writes nothing outside", arguments: HostileArchive.all)
  func hostile(archive: HostileArchive) throws {
    let scratch = try TreeScratch()
    #expect(throws: ShippingError.self) {
      try extract(archive.bytes + TarWriter.end, in: scratch)
    }
    #expect(try scratch.run(["find", ".", "-name", "evil"]) == "")
    #expect(try scratch.run(["ls"]) == "archive.tar\ntarget\n")
  }

  @Test("with a damaged header, or cut off, is refused")
  func damage() throws {
    let scratch = try TreeScratch()
    var bytes = member("a", contents: [1])
    #expect(throws: ShippingError.self) { try extract(bytes, in: scratch) }
    bytes[0] ^= 1
    let other = try TreeScratch()
    #expect(throws: ShippingError.self) { try extract(bytes + TarWriter.end, in: other) }
  }

  @Test("is bounded in entries, bytes and copies")
  func bounds() throws {
    let extraction = TarExtraction(mostEntries: 3, mostBytes: 1000)
    let large = member("a", contents: [UInt8](repeating: 1, count: 600))
    for bytes in [
      large + member("b", contents: [UInt8](repeating: 1, count: 600)),
      large + member("b", type: "1", target: "a"),
      member("a") + member("b") + member("c") + member("d"),
    ] {
      let scratch = try TreeScratch()
      #expect(throws: ShippingError.self) {
        try extract(bytes + TarWriter.end, in: scratch, extraction)
      }
    }
  }

  @Test("replaces a file by a later one and turns hard links into copies")
  func replacement() throws {
    let scratch = try TreeScratch()
    try extract(
      member("./a", contents: [0x31]) + member("h", type: "1", target: "a")
        + member("a", contents: [0x32]) + member("./", type: "5") + TarWriter.end, in: scratch)
    #expect(try scratch.run(["cat", "target/a", "target/h"]) == "21")
    #expect(try scratch.run(["stat", "-c", "%h", "target/a", "target/h"]) == "1\n1\n")
  }

  @Test(
    "of GNU tar in any of its formats, or of busybox, is read byte for byte",
    arguments: [
      ["tar", "--format=ustar"], ["tar", "--format=gnu"], ["tar", "--format=pax"],
      ["tar", "--format=oldgnu"], ["tar", "--format=v7"], ["busybox", "tar"],
    ])
  func formats(words: [String]) throws {
    let scratch = try TreeScratch()
    let isLimited = words.last == "--format=ustar" || words.last == "--format=v7"
    for name in TreeNames.nasty where !isLimited || name.count < 90 {
      try scratch.write(name, to: Array("src/".utf8) + name)
    }
    if !isLimited {
      for count in TreeNames.lengths {
        try scratch.write([1], to: Array("src/\(count)/".utf8) + TreeNames.path(bytes: count))
        let target = String(decoding: TreeNames.path(bytes: count), as: UTF8.self)
        try scratch.run(["ln", "-s", target, "src/link\(count)"])
      }
    }
    try scratch.run(["sh", "-c", "cd src && mkdir ro && echo x > ro/x && ln plain hard"])
    try scratch.run(["chmod", "0555", "src/ro"])
    try scratch.run(words + ["-cf", "made.tar", "-C", "src", "."])
    let file = try Descriptor("\(scratch.path)/made.tar", O_RDONLY)
    try TarExtraction().extract(from: file.number, into: scratch.directory("target"))
    let made = try walkedTree("\(scratch.path)/target").manifest(using: .blake2b256)
    #expect(made == (try walkedTree("\(scratch.path)/src").manifest(using: .blake2b256)))
  }

  @Test("member over 8 GiB is listed with its size", arguments: Unpacker.allCases)
  func largeMember(unpacker: Unpacker) throws {
    let scratch = try TreeScratch()
    let size: UInt64 = 9 << 30
    try scratch.write(
      TarWriter.header(Array("large".utf8), .file(size: size), mode: 0o644, modified: 0),
      to: Array("large.tar".utf8))
    // A sparse file: the zeros at its end also end the archive.
    try scratch.run(["truncate", "-s", "\(512 + size + 1024)", "large.tar"])
    let list = try scratch.run(unpacker.words.dropLast(2) + ["-tvf", "large.tar"])
    #expect(list.contains("\(size)"))
    let header = TarHeader(
      block: TarWriter.header(Array("large".utf8), .file(size: size), mode: 0o644, modified: 0))
    #expect(header?.size == size)
  }
}
