import Operations
import Planning
import TestSupport
import Testing

@testable import Shipping

@Suite("What must cross")
struct DeltaTests {
  private func file(_ path: String, _ content: Int, size: UInt64 = 1000, mode: UInt32 = 0o644)
    -> Manifest.Entry
  {
    let digest = String(content, radix: 16)
    return Manifest.Entry(
      path: TreePath(path),
      kind: .file(
        mode: mode, size: size,
        digest: String(repeating: "0", count: 64 - digest.count) + digest))
  }

  private func manifest(_ entries: [Manifest.Entry]) -> Manifest {
    Manifest(algorithm: .sha256, entries: entries)
  }

  @Test("a directory that was renamed costs not a byte")
  func renamed() {
    // Two of them hold the same.
    let old = manifest((1...500).map { file("vendor/a/\($0)", $0 / 2) })
    let new = manifest((1...500).map { file("vendor/b/\($0)", $0 / 2) })
    let delta = Delta(from: old, to: new)
    #expect(delta.contents.isEmpty)
    #expect(delta.bytes == 0)
    #expect(delta.freeNames.count == 500)
    #expect(Set(delta.freeNames.map(\.from)).count == 500)
  }

  @Test("a content crosses once, and only when nothing there has it")
  func once() {
    let old = manifest([file("kept", 1), file("gone", 2)])
    let new = manifest([
      file("a", 3), file("b", 3), file("c", 2), file("d", 2), file("e", 1), file("kept", 1),
    ])
    let delta = Delta(from: old, to: new)
    #expect(delta.contents.map { new.entries[$0].path.description } == ["a"])
    #expect(delta.freeNames.map(\.from.description) == ["gone"])
    #expect(delta.copies.map(\.to.description) == ["b", "d", "e"])
    #expect(delta.bytes == 1000)
  }

  @Test("two files that change places both cross: neither can be had before the other")
  func swapped() {
    let delta = Delta(
      from: manifest([file("a", 1), file("b", 2)]), to: manifest([file("a", 2), file("b", 1)]))
    #expect(delta.contents.count == 2)
    #expect(delta.freeNames.isEmpty && delta.takenNames.isEmpty)
  }

  @Test("what the host lacks crosses, though the manifests agree")
  func lacking() {
    let same = manifest([file("a", 1), file("b", 2)])
    let delta = Delta(from: same, to: same, lacking: [2])
    #expect(delta.contents == [1])
    #expect(Delta(from: same, to: same).contents.isEmpty)
  }

  @Test("one file of nine thousand costs less than 15 KB", arguments: [Compression.gzip, .zstd])
  func small(compression: Compression) throws {
    let scratch = try TreeScratch()
    for number in 0..<9000 {
      let path = "src/vendor/package\(number % 60)/src/deep/part\(number % 400)/Class\(number).php"
      try scratch.write("<?php // \(number)", to: path)
    }
    let before = try walkedTree("\(scratch.path)/src").manifest(using: .blake2b256)
    try scratch.write("<?php // another", to: "src/vendor/package7/src/deep/part7/Class7.php")
    let tree = try walkedTree("\(scratch.path)/src")
    let after = try tree.manifest(using: .blake2b256)
    let delta = Delta(from: before, to: after)
    var sent = 0
    for part in Payload.Part.allCases {
      var payload = try Payload(
        part, of: delta, tree: tree, manifest: after, compression: compression)
      while let piece = try payload.next() { sent += piece.count }
    }
    #expect(sent > 0 && sent < 15_000)
    #expect(delta.fileCount == 1)
  }
}
