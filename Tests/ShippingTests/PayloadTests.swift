import Glibc
import Operations
import Planning
import Processes
import TestSupport
import Testing

@testable import Shipping

/// The programs that unpack payloads on servers.
enum Unpacker: String, CaseIterable {
  case gnu
  case busybox

  var words: [String] {
    switch self {
    case .gnu: ["tar", "-xpf", "-"]
    case .busybox: ["busybox", "tar", "-xpf", "-"]
    }
  }
}

func walkedTree(_ root: String) throws -> Tree {
  Tree(
    root: root, entries: try TreeWalk(root: root).entries(),
    origin: Origin(source: "directory \(root)"))
}

func pulled(_ tree: Tree, _ manifest: Manifest, _ compression: Compression) throws -> [UInt8] {
  var payload = try Payload(tree: tree, manifest: manifest, compression: compression)
  var bytes: [UInt8] = []
  while let piece = try payload.next() {
    #expect(!piece.isEmpty && piece.count <= Payload.largestPiece)
    bytes += piece
  }
  return bytes
}

@Suite("A payload", .serialized)
struct PayloadTests {
  @Test(
    "arrives byte for byte, whatever names and modes it holds",
    arguments: Unpacker.allCases, Compression.allCases)
  func roundTrip(unpacker: Unpacker, compression: Compression) throws {
    let scratch = try TreeScratch()
    for name in TreeNames.nasty {
      try scratch.write(name, to: Array("src/".utf8) + name)
      try scratch.write(name, to: Array("src/deep/".utf8) + name + Array("/".utf8) + name)
    }
    for count in TreeNames.lengths {
      try scratch.write([1], to: Array("src/\(count)/".utf8) + TreeNames.path(bytes: count))
      let target = String(decoding: TreeNames.path(bytes: count), as: UTF8.self)
      try scratch.run(["ln", "-s", target, "src/link\(count)"])
    }
    for size in [0, 1, 511, 512, 513, 262_144, 700_000] {
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ ($0 >> 8)) }
      try scratch.write(bytes, to: Array("src/sizes/\(size)".utf8))
    }
    try scratch.directory("src/empty")
    try scratch.run(["chmod", "0400", "src/plain"])
    let tree = try walkedTree("\(scratch.path)/src")
    let manifest = try tree.manifest(using: .sha256)
    let bytes = try pulled(tree, manifest, compression)
    let archive = try compression.decompressor.map {
      try Command($0, input: bytes).run().output
    }
    let target = try scratch.directory("target")
    try scratch.run(unpacker.words, in: target, input: archive ?? bytes)
    let arrived = try walkedTree("\(target)/tree").manifest(using: .sha256)
    #expect(arrived == manifest)
    let text = try scratch.run(["cat", "\(target)/manifest"])
    #expect(text == String(decoding: manifest.text, as: UTF8.self))
  }

  @Test("fills directories that even their owner may not write to", arguments: Unpacker.allCases)
  func readOnlyDirectories(unpacker: Unpacker) throws {
    let scratch = try TreeScratch()
    try scratch.write("x", to: "src/readonly/inner/file")
    try scratch.run(["chmod", "0555", "src/readonly/inner", "src/readonly"])
    let tree = try walkedTree("\(scratch.path)/src")
    let manifest = try tree.manifest(using: .sha256)
    let bytes = try pulled(tree, manifest, .none)
    let target = try scratch.directory("target")
    // Root may write anywhere, so that only somebody else shows the difference.
    try scratch.run(["chmod", "0777", scratch.path, target])
    let demotion = geteuid() == 0 ? ["setpriv", "--reuid", "65534", "--clear-groups"] : []
    try scratch.run(demotion + unpacker.words, in: target, input: bytes)
    var expected = manifest
    if unpacker == .busybox {
      // Unless run by root it leaves such modes as they are: the server sets them by manifest.
      expected.entries = manifest.entries.map { entry in
        guard case .directory(let mode) = entry.kind else { return entry }
        return Manifest.Entry(path: entry.path, kind: .directory(mode: mode | 0o700))
      }
    }
    #expect(try walkedTree("\(target)/tree").manifest(using: .sha256) == expected)
  }

  @Test(
    "ends with an error when a file changes between hashing and sending",
    arguments: [
      "printf longer >> a/file", "printf ab > a/file", "printf '%s' abXdef > a/file",
      "cp -p a/file x; printf '%s' abXdef > a/file; touch -r x a/file", "rm a/file",
      "rm a/file; mkfifo a/file", "rm a/file; ln -s /etc/passwd a/file",
    ], Compression.allCases)
  func change(script: String, compression: Compression) throws {
    let scratch = try TreeScratch()
    try scratch.write("abcdef", to: "a/file")
    let tree = try walkedTree("\(scratch.path)")
    let manifest = try tree.manifest(using: .blake2b256)
    try scratch.run(["sh", "-c", script])
    #expect(throws: ShippingError.changed(TreePath("a/file"))) {
      try pulled(tree, manifest, compression)
    }
  }

  @Test("of a file that changes while it is sent ends with an error")
  func changeHalfWay() throws {
    let scratch = try TreeScratch()
    try scratch.write([UInt8](repeating: 1, count: 3_000_000), to: Array("file".utf8))
    let tree = try walkedTree("\(scratch.path)")
    var payload = try Payload(
      tree: tree, manifest: try tree.manifest(using: .blake2b256), compression: .none)
    for _ in 0..<3 { _ = try payload.next() }
    try scratch.run(["truncate", "-s", "1000000", "file"])
    var error: ShippingError?
    do throws(ShippingError) {
      while try payload.next() != nil {}
    } catch let thrown {
      error = thrown
    }
    #expect(error == .changed(TreePath("file")))
  }

  @Test(
    "a tree that changes between walk and hashing is refused", arguments: DigestAlgorithm.allCases)
  func changeBeforeHashing(algorithm: DigestAlgorithm) throws {
    let scratch = try TreeScratch()
    try scratch.write("abc", to: "file")
    let tree = try walkedTree("\(scratch.path)")
    try scratch.write("abcd", to: "file")
    #expect(throws: ShippingError.changed(TreePath("file"))) {
      try tree.manifest(using: algorithm)
    }
  }

  @Test("refuses the manifest of another tree")
  func foreignManifest() throws {
    let scratch = try TreeScratch()
    try scratch.write("abc", to: "file")
    let tree = try walkedTree("\(scratch.path)")
    let manifest = Manifest(algorithm: .sha256, entries: [])
    #expect(throws: ShippingError.foreignManifest) {
      try pulled(tree, manifest, .none)
    }
  }

  @Test("dropped half way leaves no compressor behind", arguments: [Compression.gzip, .zstd])
  func dropped(compression: Compression) throws {
    let scratch = try TreeScratch()
    for number in 0..<40 {
      let noise = (0..<100_000).map { _ in UInt8.random(in: 0...255) }
      try scratch.write(noise, to: Array("f\(number)".utf8))
    }
    let tree = try walkedTree("\(scratch.path)")
    let manifest = try tree.manifest(using: .blake2b256)
    let before = try children(named: compression.rawValue)
    func takeOne() throws -> Set<String> {
      var payload = try Payload(tree: tree, manifest: manifest, compression: compression)
      #expect(try payload.next() != nil)
      return try children(named: compression.rawValue).subtracting(before)
    }
    // Other tests compress at the same time, but theirs end.
    let started = try takeOne()
    #expect(!started.isEmpty)
    for _ in 0..<100 where try !started.isDisjoint(with: children(named: compression.rawValue)) {
      usleep(100_000)
    }
    #expect(try started.isDisjoint(with: children(named: compression.rawValue)))
  }

  /// The children of this process that run the program, the dead ones included.
  private func children(named program: String) throws -> Set<String> {
    let list = try Command(["ps", "-o", "pid=,comm=", "--ppid", "\(getpid())"]).run().text
    return Set(list.split(separator: "\n").map(String.init).filter { $0.contains(program) })
  }

  @Test("of 10,000 files and a large one needs no memory to speak of")
  func memory() throws {
    let scratch = try TreeScratch()
    try scratch.run([
      "sh", "-c",
      """
      mkdir src && cd src && seq 1 10000 | split -l 1 -a 4 - file
      truncate -s 60000000 large
      """,
    ])
    let tree = try walkedTree("\(scratch.path)/src")
    let manifest = try tree.manifest(using: .blake2b256)
    // Other tests have been here before: the peak starts anew.
    try scratch.run(["sh", "-c", "echo 5 > /proc/\(getpid())/clear_refs"])
    let before = try peakKilobytes()
    var payload = try Payload(tree: tree, manifest: manifest, compression: .none)
    var total = 0
    while let piece = try payload.next() { total += piece.count }
    #expect(total > 60_000_000 + 10_000 * 1024)
    #expect(try peakKilobytes() - before < 32_000)
  }

  private func peakKilobytes() throws -> Int {
    let status = try Command(["cat", "/proc/\(getpid())/status"]).run().text
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]))
  }
}
