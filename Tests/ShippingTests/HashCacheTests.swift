import Glibc
import Planning
import Shipping
import TestSupport
import Testing

@Suite("The hash cache")
struct HashCacheTests {
  /// A tree whose files are old enough to be remembered, and a cache beside it.
  private struct Site {
    let scratch: TreeScratch
    let root: String
    let cache: HashCache

    init() throws {
      scratch = try TreeScratch()
      root = try scratch.directory("tree")
      cache = HashCache(directory: "\(scratch.path)/cache/hashes")
      for name in ["a", "b", "c"] { try scratch.write("content of \(name)\n", to: "tree/\(name)") }
    }

    var tree: Tree {
      get throws {
        Tree(
          root: root, entries: try TreeWalk(root: root).entries(),
          origin: Origin(source: "directory"))
      }
    }

    /// Hashes with the cache, and says whether that gave what a look at every byte gives.
    func isRight(_ algorithm: DigestAlgorithm = .blake2b256) throws -> Bool {
      let tree = try tree
      return try tree.manifest(using: algorithm, remembering: cache)
        == tree.manifest(using: algorithm)
    }

    /// Nobody can set the time of a file's change: that of a push must be waited for.
    func settle() { usleep(3_200_000) }

    /// The files in the cache.
    var kept: [String] {
      get throws {
        try scratch.run(["sh", "-c", "ls -A cache/hashes"]).split(separator: "\n").map(String.init)
      }
    }

    /// How many digests the cache holds: records of 88 bytes behind a head of 48.
    var remembered: Int {
      get throws {
        let name = try kept.first ?? "none"
        let size =
          Int(
            try scratch.run(["stat", "-c", "%s", "cache/hashes/\(name)"]).dropLast()) ?? 0
        return (size - 48) / 88
      }
    }

    /// Reads of the tree's files are noticed by what can no longer be read.
    func forbidReading() throws { try scratch.run(["sh", "-c", "rm tree/a tree/b tree/c"]) }
  }

  @Test("files that did not change are not read again")
  func unread() throws {
    let site = try Site()
    site.settle()
    let tree = try site.tree
    let first = try tree.manifest(using: .blake2b256, remembering: site.cache)
    #expect(try site.remembered == 3)
    try site.forbidReading()
    #expect(try tree.manifest(using: .blake2b256, remembering: site.cache) == first)
    // One algorithm's digests say nothing of another's.
    #expect(throws: ShippingError.self) {
      try tree.manifest(using: .sha256, remembering: site.cache)
    }
    #expect(
      try site.scratch.run(["stat", "-c", "%a", "cache", "cache/hashes"]) == "700\n700\n")
  }

  @Test("other content of the same size is noticed though its time was put back")
  func timePutBack() throws {
    let site = try Site()
    site.settle()
    #expect(try site.isRight())
    try site.scratch.run([
      "sh", "-c",
      "touch -r tree/a stamp; printf 'CONTENT of a\\n' | dd of=tree/a conv=notrunc 2>&1; "
        + "touch -r stamp tree/a",
    ])
    #expect(try site.isRight())
  }

  @Test("files that are younger than a clock's tick are read again")
  func racy() throws {
    let site = try Site()
    #expect(try site.isRight())
    #expect(try (try site.kept).isEmpty || site.remembered == 0)
    site.settle()
    try site.scratch.write("fresh\n", to: "tree/c")
    #expect(try site.isRight())
    #expect(try site.remembered == 2)
  }

  @Test(
    "a cache that is not as it was written is as good as none",
    arguments: [
      "printf x | dd of=$f bs=1 seek=110 conv=notrunc", "truncate -s -1 $f", ": >$f",
      "head -c 4096 /dev/urandom >$f", "rm $f; mkdir $f", "rm $f; ln -s /dev/zero $f",
      "chmod 777 .; printf x | dd of=$f bs=1 seek=110 conv=notrunc", "rm -r ../hashes",
    ])
  func damaged(how: String) throws {
    let site = try Site()
    site.settle()
    #expect(try site.isRight())
    let name = try #require(try site.kept.first)
    try site.scratch.run([
      "sh", "-c", "cd cache/hashes; f=\(name); { \(how); } 2>/dev/null",
    ])
    #expect(try site.isRight())
    #expect(try site.isRight())
  }

  @Test("it holds the last sixteen trees")
  func bounded() throws {
    let site = try Site()
    site.settle()
    for number in 1...20 {
      try site.scratch.run(["sh", "-c", "cp -a tree copy\(number)"])
    }
    site.settle()
    for number in 1...20 {
      let root = "\(site.scratch.path)/copy\(number)"
      let tree = Tree(
        root: root, entries: try TreeWalk(root: root).entries(),
        origin: Origin(source: "directory"))
      _ = try tree.manifest(using: .blake2b256, remembering: site.cache)
    }
    #expect(try site.kept.count == 16)
  }
}
