import Foundation
import Glibc
import Processes
import TestSupport
import Testing

@testable import deploy

@Suite("What is told")
struct TellingTests {
  /// Two releases, the second is live.
  private func pushedTwice(_ configuration: [String: String] = [:]) async throws -> Scene {
    let scene = try Scene(configuration)
    #expect(await scene.deploy("push").status == 0)
    try scene.scratch.write("v2\n", to: "project/index.php")
    #expect(await scene.deploy("push").status == 0)
    return scene
  }

  private func live(_ scene: Scene) throws -> String {
    String(try scene.server("readlink current").dropFirst("releases/".count).dropLast())
  }

  @Test("a push of what is live already says when somebody changed it on the server")
  func idlePush() async throws {
    let scene = try Scene()
    #expect(await scene.deploy("push").status == 0)
    try scene.server(": >current/made-by-a-hook")
    let quiet = await scene.deploy("push")
    #expect(quiet.results == "nothing to do on web1: this content is live already\n")
    try scene.server("echo edited >current/index.php")
    let told = await scene.deploy("push")
    #expect(told.status == 0)
    #expect(told.results.contains("1 file of it changed on the server (first: ~ index.php)"))
    #expect(told.results.contains("`deploy push --force` ships a fresh release"))
    #expect(await scene.deploy("push", "--json").results.contains(#""drift":1"#))
  }

  @Test("a change says what was live before, and a rollback how to take it back")
  func was() async throws {
    let scene = try Scene()
    let first = await scene.deploy("push")
    #expect(!first.results.contains("was"))
    let older = try live(scene)
    try scene.scratch.write("v2\n", to: "project/index.php")
    #expect(await scene.deploy("push").results.contains(" (was \(older)) on web1 ("))
    let newer = try live(scene)
    let back = await scene.deploy("rollback")
    #expect(back.results.hasPrefix("live \(older) (was \(newer)) on web1 ("))
    #expect(back.results.hasSuffix("); back: deploy rollback --undo\n"))
    let undone = await scene.deploy("rollback", "--undo", "--json")
    #expect(undone.results.contains(#""live":"\#(newer)","was":"\#(older)""#))
    #expect(!(await scene.deploy("rollback", "--to", older)).results.contains("(was \(older))"))
  }

  @Test("a rollback to what is live has nothing to do", arguments: [[], ["--dry-run"]])
  func rollbackToLive(more: [String]) async throws {
    let scene = try await pushedTwice()
    let live = try live(scene)
    let before = try scene.inventory()
    let ending = await scene.deploy(["rollback", "--to", live] + more)
    #expect(ending.status == 0, "\(ending.reports)")
    #expect(ending.results == "nothing to do on web1: \(live) is live already\n")
    #expect(try scene.inventory() == before)
  }

  @Test("a release that lost files goes live when that is accepted, and it is said")
  func acceptedDrift() async throws {
    let scene = try await pushedTwice()
    try scene.server("rm releases/*/index.php")
    #expect(await scene.deploy("rollback").status == 20)
    let ending = await scene.deploy("rollback", "--accept-drift")
    #expect(ending.status == 0, "\(ending.reports)")
    #expect(
      ending.reports.contains("1 file of the release changed since it was shipped (index.php…)"))
  }

  @Test("a mistake on the line of words is one JSON object for who asked for JSON")
  func usage() async throws {
    for words in [["push", "--json", "--focre"], ["pusch", "--json"], ["--json", "push", "x"]] {
      let ending = await (try Scene()).deploy(words)
      #expect(ending.status == 2)
      #expect(ending.reports.isEmpty)
      let object = try JSONSerialization.jsonObject(with: Data(ending.results.utf8))
      let error = try #require(object as? [String: Any])
      #expect(error["event"] as? String == "error" && error["code"] as? Int == 2)
      #expect(error["next"] is String)
    }
    #expect(!(await (try Scene()).deploy("run", "--focre", "--", "--json")).reports.isEmpty)
  }

  @Test("lines are whole where no terminal wraps them")
  func wholeLines() {
    let words = Array(repeating: "word", count: 100).joined(separator: " ")
    let error = ErrorReport(code: 12, message: words, live: words, kept: nil, next: words)
    let piped = ConsoleRecorder()
    piped.console().report(error)
    #expect(piped.reports.split(separator: "\n").count == 3)
    let shown = ConsoleRecorder()
    shown.console(.text, .normal, .terminal).report(error)
    #expect(shown.reports.split(separator: "\n").allSatisfy { $0.count < 80 })
  }

  @Test("the name of a host stands above its table, in the same stream")
  func headings() async throws {
    let scene = try await pushedTwice()
    let ending = await scene.deploy("history")
    #expect(ending.results.hasPrefix("web1:\(scene.root)\nseq "))
    #expect(ending.reports.isEmpty)
  }

  @Test("events name the live release alike, and its sequence apart")
  func events() async throws {
    let scene = try await pushedTwice()
    let live = #""live":"\#(try live(scene))""#
    let lines = await scene.deploy("status", "--json").results.split(separator: "\n")
    let surveyed = try #require(lines.first { $0.contains(#""event":"surveyed""#) })
    let status = try #require(lines.first { $0.contains(#""event":"status""#) })
    for line in [surveyed, status] {
      #expect(line.contains(live) && line.contains(#""sequence":4"#), "\(line)")
    }
  }

  @Test("status says how each file differs, and calls an older release kept")
  func drift() async throws {
    let scene = try await pushedTwice()
    try scene.server("echo edited >current/index.php")
    let one = await scene.deploy("status")
    #expect(one.results.contains("1 file differs from what was shipped:\n             ~ index.php"))
    #expect(one.results.contains("  kept\n"))
    try scene.server("rm current/index.php; : >current/more")
    let two = await scene.deploy("status")
    #expect(two.results.contains("2 files differ from what was shipped:"))
    #expect(two.results.contains(" - index.php\n") && two.results.contains(" + more\n"))
  }

  @Test("a build tells what it prints as it comes, to who asks for it")
  func build() async throws {
    let scene = try Scene(["build": #"["printf 'one\\ntwo'; echo three >&2"]"#])
    let verbose = await scene.deploy("push", "-v")
    #expect(verbose.status == 0, "\(verbose.reports)")
    #expect(verbose.lines.contains { $0.hasPrefix("build | one") })
    #expect(!(await scene.deploy("push", "--force")).reports.contains("build |"))
    let events = await scene.deploy("push", "--force", "--json").results
    #expect(events.contains(#"{"event":"source","kind":"directory","path":"\#(scene.project)"}"#))
    #expect(events.contains(#"{"event":"output","build":true,"line":"one"}"#))
    #expect(events.contains(#"{"event":"output","build":true,"line":"two"}"#))
    #expect(events.contains(#""event":"built","command":"printf"#))
  }

  @Test("a commit that is shipped is an event")
  func commit() async throws {
    let scene = try Scene(["source": #"{ "git": "HEAD" }"#])
    _ = try scene.scratch.repository("project")
    try scene.scratch.commit("Sell more", in: scene.project)
    let events = await scene.deploy("push", "--json").results
    #expect(events.contains(#"{"event":"source","kind":"git","ref":"HEAD","commit":""#))
    #expect(events.contains(#""subject":"Sell more"}"#))
  }

  @Test("a build that fails says what is live")
  func failedBuild() async throws {
    let scene = try await pushedTwice()
    try scene.configure(["build": #"["exit 3"]"#])
    let ending = await scene.deploy("push")
    #expect(ending.status == 12)
    let words = "  live:  \(try live(scene)) (seq 4) on web1, unchanged; nothing was sent"
    #expect(ending.lines.contains(words), "\(ending.reports)")
  }

  @Test("a second Ctrl-C says what goes on by itself", .timeLimit(.minutes(1)))
  func secondInterrupt() throws {
    let scene = try Scene([
      "hooks": #"{ "after_flip": ["touch running; sleep 2; touch finished"] }"#
    ])
    let child = try scene.start("push")
    try scene.wait(for: "current/running")
    kill(child.pid, SIGINT)
    usleep(200_000)
    kill(child.pid, SIGINT)
    let result = child.collect()
    #expect(result.status == 130)
    #expect(
      result.errorText.contains(
        "ended here; the agent on web1 goes on by itself until "), "\(result.errorText)")
    #expect(result.errorText.hasSuffix("`deploy status` tells\n"))
    try scene.wait(for: "current/finished")
  }
}
