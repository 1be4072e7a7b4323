import Planning
import Shipping
import Testing

private let digest = String(repeating: "0a", count: 32)

@Suite("A manifest's text")
struct ManifestTextTests {
  @Test("comes back as the same manifest, whatever its names hold")
  func roundTrip() throws {
    var entries = TreeNames.nasty.map {
      Manifest.Entry(path: TreePath($0), kind: .file(mode: 0o644, size: 12, digest: digest))
    }
    entries.append(Manifest.Entry(path: TreePath("dir"), kind: .directory(mode: 0o755)))
    entries.append(Manifest.Entry(path: TreePath("link"), kind: .link(target: [0x20, 0x0a, 0xff])))
    let manifest = Manifest(algorithm: .sha256, entries: entries)
    let again = try Manifest(text: manifest.text, algorithm: .sha256)
    #expect(again == manifest)
    #expect(again.digest == manifest.digest)
  }

  @Test("is the documented lines")
  func lines() {
    let manifest = Manifest(
      algorithm: .sha256,
      entries: [
        .init(path: TreePath("public/l n"), kind: .link(target: Array("../x y".utf8))),
        .init(path: TreePath("app"), kind: .directory(mode: 0o755)),
        .init(path: TreePath("app/K.php"), kind: .file(mode: 0o644, size: 1204, digest: digest)),
      ])
    #expect(
      String(decoding: manifest.text, as: UTF8.self) == """
        d 0755 - - app
        f 0644 1204 \(digest) app/K.php
        l 0777 - - public/l\\0040n ../x\\0040y

        """)
  }

  @Test("is empty for an empty tree")
  func empty() throws {
    #expect(try Manifest(text: [], algorithm: .sha256).entries.isEmpty)
  }

  @Test(
    "is refused with the line's number",
    arguments: [
      ("d 0755 - - /etc\n", 1), ("d 0755 - - a/../b\n", 1), ("d 0755 - - ..\n", 1),
      ("d 0755 - - a//b\n", 1), ("d 0755 - - a\\0000b\n", 1), ("d 0755 - - ./a\n", 1),
      ("d 0755 - - b\nd 0755 - - a\n", 2), ("d 0755 - - a\nd 0755 - - a\n", 2),
      ("d 0755 - - a\nd 0755 - - b", 2), ("d 755 - - a\n", 1), ("d 4755 - - a\n", 1),
      ("d 0755 - - \n", 1), ("x 0755 - - a\n", 1), ("d 0755 - - a b\n", 1), ("\n", 1),
      ("f 0644 01 \(digest) a\n", 1), ("f 0644 -1 \(digest) a\n", 1),
      ("f 0644 1 \(digest.dropLast()) a\n", 1), ("f 0644 1 \(digest.uppercased()) a\n", 1),
      ("l 0777 - - a\n", 1), ("l 0777 - - a \n", 1), ("l 0644 - - a b\n", 1),
      ("d 0755 1 - a\n", 1), ("d 0755 - - a\\9\n", 1),
    ])
  func refusal(text: String, line: Int) {
    let error = #expect(throws: ShippingError.self) {
      try Manifest(text: Array(text.utf8), algorithm: .sha256)
    }
    guard case .manifestLine(line, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}

@Suite("The difference of manifests")
struct ManifestDifferenceTests {
  private func file(_ path: String, _ size: UInt64, _ digest: String, mode: UInt32 = 0o644)
    -> Manifest.Entry
  {
    Manifest.Entry(path: TreePath(path), kind: .file(mode: mode, size: size, digest: digest))
  }

  @Test("names what was added, changed and removed")
  func difference() {
    let old = Manifest(
      algorithm: .sha256,
      entries: [
        file("a", 1, "1"), file("b", 2, "2"), file("c", 4, "3"), file("m", 8, "4"),
        file("z", 16, "5"),
      ])
    let new = Manifest(
      algorithm: .sha256,
      entries: [
        file("b", 2, "2"), file("c", 32, "x"), file("d", 64, "6"),
        file("m", 8, "4", mode: 0o755),
      ])
    let difference = ManifestDifference(from: old, to: new)
    #expect(difference.added == [TreePath("d")])
    #expect(difference.changed == [TreePath("c"), TreePath("m")])
    #expect(difference.removed == [TreePath("a"), TreePath("z")])
    #expect(difference.bytesToSend == 96)
    #expect(difference.bytesRemoved == 17)
    #expect(ManifestDifference(from: new, to: new).isEmpty)
    #expect(Inventory(new).files == 4)
    #expect(Inventory(new).bytes == 106)
  }

  @Test("counts every file as changed when content is named in another way")
  func otherAlgorithm() {
    let entries = [
      file("a", 1, "1"), Manifest.Entry(path: TreePath("d"), kind: .directory(mode: 0o755)),
    ]
    let difference = ManifestDifference(
      from: Manifest(algorithm: .sha256, entries: entries),
      to: Manifest(algorithm: .blake2b256, entries: entries))
    #expect(difference.changed == [TreePath("a")])
    #expect(difference.bytesToSend == 1)
  }
}
