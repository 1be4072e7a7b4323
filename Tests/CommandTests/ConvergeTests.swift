import TestSupport
import Testing

@testable import deploy

@Suite("Converging")
struct ConvergeTests {
  /// Two hosts that are directories of this machine, and a repository.
  private func scene() throws -> Scene {
    let scene = try Scene()
    let hosts = ["web1", "web2"].map {
      #"{ "host": "\#($0)", "transport": "local", "path": "\#(scene.scratch.path)/srv/\#($0)" }"#
    }
    try scene.configure([
      "hosts": "[\(hosts.joined(separator: ", "))]", "source": #"{ "git": "HEAD" }"#,
    ])
    try commit("one", scene)
    return scene
  }

  private func commit(_ text: String, _ scene: Scene) throws {
    try scene.scratch.run([
      "sh", "-euc",
      """
      cd project; [ -d .git ] || git init -q .; echo "$1" >index.php; git add index.php
      git -c user.name=ann -c user.email=ann@example.com commit -qm "$1"
      """, "sh", text,
    ])
  }

  private func live(_ scene: Scene, _ host: String) throws -> String {
    try scene.scratch.run(["readlink", "srv/\(host)/current"])
      + scene.scratch.run(["cat", "srv/\(host)/current/index.php"])
  }

  @Test("a host that was left behind gets the same release, by its commit or from its own past")
  func leftBehind() async throws {
    let scene = try scene()
    #expect(await scene.deploy("push").status == 0)
    #expect(await scene.deploy("converge").results.hasPrefix("nothing to do: every host shows"))
    try commit("two", scene)
    #expect(await scene.deploy("push", "--host", "web1").status == 0)
    try commit("three", scene)
    #expect(try live(scene, "web1") != live(scene, "web2"))
    let shipped = await scene.deploy("converge")
    #expect(shipped.status == 0, "\(shipped.reports)")
    #expect(try live(scene, "web1") == live(scene, "web2"))
    #expect(try live(scene, "web2").hasSuffix("two\n"))

    #expect(await scene.deploy("rollback", "--host", "web2").status == 0)
    #expect(try live(scene, "web2").hasSuffix("one\n"))
    // Equally often: the one that went live last is meant.
    let back = await scene.deploy("converge")
    #expect(back.status == 0, "\(back.reports)")
    #expect(try live(scene, "web1") == live(scene, "web2"))
    #expect(try live(scene, "web1").hasSuffix("one\n"))
  }

  @Test("a push tells what it brings, and an older commit is skipped when that is wanted")
  func commits() async throws {
    let scene = try scene()
    #expect(await scene.deploy("push").status == 0)
    try commit("two", scene)
    try commit("three", scene)
    let push = await scene.deploy("push")
    #expect(push.results.contains("web1: 2 commits beyond what is live\n"))
    #expect(push.results.contains(" three\n"))
    try scene.scratch.run(["git", "-C", "project", "checkout", "-q", "HEAD~1"])
    let skipped = await scene.deploy("push", "--superseded", "skip")
    #expect(skipped.status == 0)
    #expect(skipped.reports.contains("a newer commit is live"))
    #expect(try live(scene, "web1").hasSuffix("three\n"))
    let older = await scene.deploy("push")
    #expect(older.results.contains("without 1 commit that is live now"))
    #expect(try live(scene, "web1").hasSuffix("two\n"))
  }
}
