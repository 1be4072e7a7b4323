import Glibc
import Operations
import Remote
import TestSupport
import Testing

@Suite("Looking at shared/", .serialized)
struct SharedLookTests {
  @Test("declared, harvested and other things are told apart and weighed", arguments: Shell.all)
  func holdings(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    try shared.rig.sh(
      """
      cd app/shared; mkdir -p public/docs 'my files/x' public/loose; echo 12345 >public/docs/a
      echo 1 >public/.dot; ln -s docs public/link; echo 1 >'my files/x/y'
      echo public/docs >../.deploy/registry; mkdir -p ../.deploy/kept/r1/edited/a; echo 1 >../.deploy/kept/r1/edited/a/b
      """)
    // The lock of the session before may be put away just now.
    let look = "find app ! -path '*/lock*' | sort"
    let before = try shared.rig.sh(look)
    let facts = try await shared.facts(.holdings(declared: ["storage", ".env"]), "holding")
    #expect(
      facts.map { $0.prefix(5).joined(separator: " ") } == [
        "declared directory storage 2 9", "declared missing .env 0 0",
        "harvested directory public/docs 1 6", "other directory my files 1 2",
        "other link public/link 1 4", "other directory public/loose 0 0",
        "other file public/.dot 1 2",
      ])
    #expect(
      try await shared.facts(.holdings(declared: []), "kept") == [["r1", "edited", "1", "2"]])
    #expect(try shared.rig.sh(look) == before)
  }

  @Test("each way in which a link can be wrong has a name", arguments: Shell.all)
  func links(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    let app = shared.rig.root
    try shared.rig.sh(
      """
      cd app; mkdir -p releases/20200101-000000/public shared/public/real shared/a; cd current/.
      ln -s \(app)/shared/a absolute; ln -s ../../shared/dangling dangling; mkdir real; ln -s ../../shared/c wrong
      ln -s ../20200101-000000/public foreign; ln -s \(app)/shared/a public/app-made; ln -s gone public/dead
      mkdir ../../shared/c ../../shared/missing
      """)
    let paths = ["storage", "absolute", "dangling", "real", "wrong", "foreign", "missing"]
    try shared.rig.sh("cd app/current/.; rm wrong; ln -s ../../shared/a wrong")
    let facts = try await shared.facts(
      .audit(ReleaseID.first.text, root: "public", declared: paths), "link")
    #expect(
      facts.map { "\($0[0]) \($0[2])" } == [
        "absolute absolute", "dangling dangling", "real real", "wrong wrong", "foreign foreign",
        "missing missing",
      ])
    let strangers = try await shared.facts(
      .audit(ReleaseID.first.text, root: "public", declared: ["storage"]), "stranger")
    #expect(
      Set(strangers.map { "\($0[0]) \($0[1])" }) == [
        "absolute public/app-made", "dangling public/dead",
      ])
  }

  @Test("modes, dangers and caches are found", arguments: Shell.all)
  func findings(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    try shared.rig.sh(
      """
      cd app/shared; mkdir open; chmod 777 open; echo 1 >.env; chmod 600 .env; echo 1 >storage/oauth.key
      chmod 640 storage/oauth.key; cd ../current/.; mkdir -p bootstrap/cache database; : >database/a.sqlite
      echo "<?php '\(shared.rig.root)/releases/20200101-000000/x'" >bootstrap/cache/config.php
      echo "<?php '\(shared.rig.root)/releases/\(ReleaseID.first)/x'" >bootstrap/cache/good.php
      """)
    let modes = try await shared.facts(.modes, "mode")
    #expect(
      modes.map { $0.prefix(3).joined(separator: " ") } == [
        "open open 777", "secret storage/oauth.key 640",
      ])
    let dangers = try await shared.facts(
      .dangers(ReleaseID.first.text, ["^public/hot$", "^database/[^/]*\\.sqlite$"]), "danger")
    #expect(dangers == [["1", "database/a.sqlite"]])
    let caches = try await shared.facts(
      .caches(ReleaseID.first.text, "^bootstrap/cache/[^/]*$"), "cache")
    #expect(caches == [["bootstrap/cache/config.php", "20200101-000000"]])
  }

  // busybox alone has nothing here to become another user by.
  @Test(
    "another user's right to write is tried and leaves nothing",
    arguments: [Shell.dash, .bash, .busybox])
  func probe(in shell: Shell) async throws {
    guard getuid() == 0 else { return }
    let shared = try await SharedRig(shell)
    try shared.rig.sh(
      """
      chmod 755 . app app/shared; cd app/shared; mkdir mine; chown nobody mine
      ln -s \(shared.rig.scratch.path)/outside link; chmod 777 ../../outside
      """)
    let facts = try await shared.facts(
      .writable(by: "nobody", ["mine", "storage", "link"]), "writes")
    #expect(facts.map { "\($0[0]) \($0[1])" } == ["yes mine", "no storage"])
    #expect(
      try shared.rig.sh("ls -A app/shared/mine outside") == "app/shared/mine:\n\noutside:\ncanary\n"
    )
    let nobody = try await shared.facts(.writable(by: "no-such-user", ["mine"]), "prober")
    #expect(nobody == [["none"]])
  }
}
