import Foundation
import TestSupport
import Testing

@testable import deploy

/// A directory as another tool, or nobody, left it.
enum Legacy: String, CaseIterable, CustomTestStringConvertible {
  case capistrano
  case deployer
  case directory
  case plain

  var testDescription: String { rawValue }

  var script: String {
    switch self {
    case .capistrano:
      """
      mkdir -p shared/storage repo
      echo upload >shared/storage/u; echo K=1 >shared/.env; chmod 600 shared/.env
      for id in 20200101120000 20200102120000 20200103120000; do
        mkdir -p "releases/$id/a dir"
        echo "v $id" >releases/$id/index.php
        # Bytes of these names sort otherwise than their encoded forms.
        echo 1 >"releases/$id/a dir/b c"; echo 2 >releases/$id/aZ; echo 3 >"releases/$id/a b"
        echo abc1234def >releases/$id/REVISION
        ln -s "$PWD/shared/storage" releases/$id/storage
        ln -s "$PWD/shared/.env" releases/$id/.env
        echo "Branch main (at abc1234) deployed as release $id by joe" >>revisions.log
      done
      mkdir releases/20200104120000
      ln -s "$PWD/releases/20200103120000" current
      """
    case .deployer:
      """
      mkdir -p shared/storage .dep
      echo upload >shared/storage/u; echo K=1 >shared/.env
      for id in 9 10 11 12; do
        mkdir -p releases/$id
        echo "v $id" >releases/$id/index.php
        ln -s ../../shared/storage releases/$id/storage
        ln -s ../../shared/.env releases/$id/.env
      done
      touch releases/12/BAD_RELEASE
      echo 12 >.dep/latest_release
      ln -s releases/11 current
      """
    case .directory:
      """
      mkdir -p current/storage current/public
      echo upload >current/storage/u; echo K=1 >current/.env; chmod 600 current/.env
      echo site >current/public/index.php
      """
    case .plain:
      """
      mkdir -p storage public
      echo upload >storage/u; echo K=1 >.env; chmod 600 .env
      echo site >public/index.php; echo deny >.htaccess
      """
    }
  }

  /// The releases of the ledger, in its order; nil where the name is made on the way.
  var story: [String]? {
    switch self {
    case .capistrano: ["20200101120000", "20200102120000", "20200103120000"]
    case .deployer: ["9", "10", "11"]
    case .directory, .plain: nil
    }
  }
}

@Suite("Adopting")
struct AdoptTests {
  static let shells = [Shell.dash, .bash, .busybox]

  func scene(_ legacy: Legacy) throws -> Scene {
    let scene = try Scene(["shared": #"{ "directories": ["storage"], "files": [".env"] }"#])
    try scene.server(legacy.script)
    return scene
  }

  @Test(
    "takes over, goes back without a trace, and takes over again for good",
    arguments: Legacy.allCases, shells)
  func whole(legacy: Legacy, shell: Shell) throws {
    let scene = try scene(legacy)
    let before = try scene.inventory()

    let adopted = try scene.deploy(under: shell, "adopt", "--yes")
    #expect(adopted.status == 0, "\(adopted.reports)")
    let link = try scene.server("readlink current")
    #expect(link.hasPrefix("releases/"))
    #expect(try scene.server("cat current/storage/u current/.env") == "upload\nK=1\n")
    let status = try scene.deploy(under: shell, "status")
    #expect(status.results.contains("drift    none"), "\(status.results)")

    let again = try scene.deploy(under: shell, "adopt")
    #expect(again.status == 0)
    #expect(again.results.contains("nothing to adopt"))

    let undone = try scene.deploy(under: shell, "adopt", "--undo", "--yes")
    #expect(undone.status == 0, "\(undone.reports)")
    #expect(try scene.inventory() == before)

    #expect(try scene.deploy(under: shell, "adopt", "--yes").status == 0)
    let pushed = try scene.deploy(under: shell, "push")
    #expect(pushed.status == 0, "\(pushed.reports)")
    #expect(try scene.server("cat current/index.php current/storage/u") == "hello\nupload\n")
    let back = try scene.deploy(under: shell, "rollback")
    #expect(back.status == 0, "\(back.reports)")
    #expect(try scene.server("cat current/storage/u current/.env") == "upload\nK=1\n")

    let late = try scene.deploy(under: shell, "adopt", "--undo", "--yes")
    #expect(late.status == 17)
    #expect(late.reports.contains("went live after the adoption"))
  }

  @Test("tells the releases of another tool in their order, without those that failed there")
  func order() async throws {
    for legacy in [Legacy.capistrano, .deployer] {
      let scene = try scene(legacy)
      #expect(await scene.deploy("adopt", "--yes").status == 0)
      let names = try scene.server(
        #"sed 's/.*"event":"adopted","release":"\([^"]*\)".*/\1/' .deploy/ledger.jsonl"#)
      #expect(names.split(separator: "\n").map(String.init) == legacy.story)
    }
  }

  @Test("writes the same manifest as a push of that content would")
  func manifest() async throws {
    let scene = try scene(.capistrano)
    #expect(await scene.deploy("adopt", "--yes").status == 0)
    try scene.server("cp -a releases/20200103120000/. ../../project/")
    try scene.scratch.run(["rm", "project/storage", "project/.env"])
    let pushed = await scene.deploy("push")
    #expect(pushed.results.contains("nothing to do"), "\(pushed.results)\(pushed.reports)")
  }

  @Test("does not choose between two sets of data")
  func both() async throws {
    let scene = try scene(.directory)
    try scene.server("mkdir -p shared/storage; echo older >shared/storage/u")
    let before = try scene.inventory()
    let adopted = await scene.deploy("adopt", "--yes")
    #expect(adopted.status == 17)
    #expect(adopted.reports.contains("both shared/storage and releases/"))
    #expect(await scene.deploy("adopt", "--undo", "--yes").status == 0)
    #expect(try scene.inventory() == before)
  }

  @Test("a copy that was written to since is not deleted")
  func writtenCopy() async throws {
    let scene = try scene(.plain)
    #expect(await scene.deploy("adopt", "--yes").status == 0)
    try scene.server("echo new >shared/storage/v")
    let undone = await scene.deploy("adopt", "--undo", "--yes")
    #expect(undone.status != 0)
    #expect(undone.reports.contains("shared/storage was changed since the adoption"))
    #expect(try scene.server("cat shared/storage/v") == "new\n")
  }

  @Test("links that would lead elsewhere from a release are refused by name")
  func escapes() async throws {
    let scene = try scene(.directory)
    try scene.server("ln -s ../outside current/public/out; ln -s ../../outside current/public/far")
    let ending = await scene.deploy("adopt", "--yes")
    #expect(ending.status == 17)
    #expect(ending.reports.contains("public/far is a link that leads out of the content"))
  }

  @Test("asks when nobody said yes, and shows the plan first")
  func asks() async throws {
    let scene = try scene(.capistrano)
    let before = try scene.inventory()
    let ending = await scene.deploy("adopt")
    #expect(ending.status == 17)
    #expect(ending.results.contains("point current at releases/20200103120000"))
    #expect(try scene.inventory() == before)
  }

  @Test("what an adopted release has beyond the first push is data or not: a person says so")
  func claims() async throws {
    for (words, status, content) in [
      (["push"], Int32(17), nil), (["push", "--old-code"], 0, nil),
      (["push", "--yes"], 0, "upload\n"),
    ] as [([String], Int32, String?)] {
      let scene = try Scene(["public": #"{ "root": "public" }"#])
      try scene.scratch.run([
        "sh", "-euc",
        """
        mkdir -p srv/app/releases/20200101120000/public/files project/public
        cd srv/app; echo upload >releases/20200101120000/public/files/a
        echo old >releases/20200101120000/public/index.php
        ln -s releases/20200101120000 current; echo new >../../project/public/index.php
        """,
      ])
      #expect(await scene.deploy("adopt", "--yes").status == 0)
      let push = await scene.deploy(words)
      #expect(push.status == status)
      if status == 17 {
        #expect(push.results.contains("take public/files of 20200101120000 for data (1 file)"))
      }
      let file = "\(scene.root)/current/public/files/a"
      if status == 0 {
        #expect((try? String(contentsOfFile: file, encoding: .utf8)) == content)
      }
      // A copy: the adopted release is as it was.
      #expect(
        try scene.scratch.run([
          "sh", "-euc",
          "cd srv/app/releases/20200101120000/public; cat index.php files/a; find . -type l",
        ])
          == "old\nupload\n")
    }
  }
}
