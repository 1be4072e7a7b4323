import Foundation
import TestSupport
import Testing

@testable import deploy

@Suite("Down for maintenance")
struct MaintenanceCommandTests {
  /// Two hosts that are directories of this machine. The framework keeps its state in each release.
  private func scene() throws -> Scene {
    let scene = try Scene()
    let hosts = ["web1", "web2"].map {
      #"{ "host": "\#($0)", "transport": "local", "path": "\#(scene.scratch.path)/srv/\#($0)" }"#
    }
    try scene.configure([
      "hosts": "[\(hosts.joined(separator: ", "))]",
      "maintenance":
        #"{ "down": ["echo \"$DEPLOY_MESSAGE $DEPLOY_RETRY_AFTER\" >is-down"], "up": ["rm is-down"] }"#,
    ])
    return scene
  }

  private func look(_ scene: Scene, _ script: String) throws -> String {
    try scene.scratch.run(["sh", "-euc", script], in: "\(scene.scratch.path)/srv")
  }

  @Test("hosts go down together, stay so over a push and a rollback, and come up when told")
  func story() async throws {
    let scene = try scene()
    #expect(await scene.deploy("push").status == 0)
    let idle = await scene.deploy("up")
    #expect(idle.status == 0)
    #expect(idle.results.contains("nothing to do on web1: it is not down\n"))

    let down = await scene.deploy("down", "--message", "moving house", "--for", "20m")
    #expect(down.status == 0, "\(down.reports)")
    #expect(try look(scene, "cat web*/current/is-down") == "moving house 1200\nmoving house 1200\n")
    #expect(
      try look(scene, "grep -c 'moving house' web*/shared/maintenance.html")
        == "web1/shared/maintenance.html:1\nweb2/shared/maintenance.html:1\n")
    let status = await scene.deploy("status")
    #expect(
      status.results.contains(" by ann, for 20 min more: moving house; `deploy up` ends it\n"))
    let events = await scene.deploy("status", "--json").results
    #expect(events.contains(#""down":{"since":"20"#))
    #expect(events.contains(#""actor":"ann","message":"moving house","retry_after":1200,"until":"#))
    #expect(await scene.deploy("history").results.contains("moving house"))

    try scene.scratch.write("second\n", to: "project/index.php")
    let push = await scene.deploy("push")
    #expect(push.status == 0, "\(push.reports)")
    #expect(push.reports.contains("warning: web1 is down for maintenance since "))
    #expect(
      try look(scene, "cat web1/current/index.php web2/current/is-down")
        == "second\nmoving house 1200\n")
    let back = await scene.deploy("rollback")
    #expect(back.status == 0 && back.reports.contains("web2 is down for maintenance"))
    #expect(
      try look(scene, "cat web1/current/index.php web2/current/is-down")
        == "hello\nmoving house 1200\n")

    #expect(await scene.deploy("up", "--host", "web2").status == 0)
    #expect(
      try look(scene, "ls -d web*/.deploy/down web*/shared/* web*/current/is-down")
        == "web1/.deploy/down\nweb1/current/is-down\nweb1/shared/maintenance.html\n")
    let mended = await scene.deploy("push", "--up")
    #expect(mended.status == 0, "\(mended.reports)")
    #expect(mended.results.contains("done web1: up again\n"))
    #expect(mended.results.contains("nothing to do on web2: it is not down\n"))
    #expect(
      try look(
        scene,
        "find web*/.deploy/down web*/shared/maintenance.html web*/current/is-down 2>/dev/null || :")
        == "")
  }

  @Test("a push that fails brings nothing up")
  func failedPush() async throws {
    let scene = try scene()
    #expect(await scene.deploy("push").status == 0)
    #expect(await scene.deploy("down").status == 0)
    try scene.configure([
      "hooks": #"{ "before_flip": ["false"] }"#, "path": "\"\(scene.scratch.path)/srv/web1\"",
    ])
    try scene.scratch.write("second\n", to: "project/index.php")
    let push = await scene.deploy("push", "--up")
    #expect(push.status == 13)
    #expect(try look(scene, "ls web1/.deploy/down") == "web1/.deploy/down\n")
  }

  @Test(
    "a command that fails leaves a host that knows that it is down, and `deploy up` still works")
  func failingCommand() async throws {
    let scene = try Scene(["maintenance": #"{ "down": ["false"], "up": ["true"] }"#])
    #expect(await scene.deploy("push").status == 0)
    let down = await scene.deploy("down")
    #expect(down.status == 13 && down.reports.contains("hook \"false\" exited 1"))
    #expect(await scene.deploy("status").results.contains("  down     since "))
    #expect(await scene.deploy("up").status == 0)
    #expect(!(await scene.deploy("status").results.contains("  down ")))
  }

  @Test(
    "a 503 of a site that is down is no reason to go back, and any other fault still is",
    arguments: [
      ("503", 0, "answered 503, as a site does that is down"), ("500", 14, "answered 500, not 200"),
    ])
  func health(answer: String, status: Int32, words: String) async throws {
    let scene = try Scene()
    #expect(await scene.deploy("push").status == 0)
    #expect(await scene.deploy("down").status == 0)
    let port = try scene.python(
      """
      import http.server, sys
      class Page(http.server.BaseHTTPRequestHandler):
          def log_message(self, *words): pass
          def do_GET(self):
              self.send_response(int(sys.argv[1])); self.end_headers()
      site = http.server.HTTPServer(("127.0.0.1", 0), Page)
      print(site.server_address[1], flush=True)
      site.serve_forever()
      """, answer)
    defer { scene.endPrograms() }
    try scene.configure([
      "health": #"{ "url": "http://127.0.0.1:\#(port)/", "within": 3, "passes": 1 }"#
    ])
    try scene.scratch.write("second\n", to: "project/index.php")
    let push = await scene.deploy("push")
    #expect(push.status == status, "\(push.reports)")
    #expect(push.reports.contains(words), "\(push.reports)")
  }
}

extension Scene {
  /// Starts a program in Python that first prints a line, and returns that line. It ends with ``endPrograms()``.
  func python(_ text: String, _ words: String...) throws -> String {
    try scratch.write(text, to: "program.py")
    return try scratch.run(
      [
        "sh", "-euc",
        """
        python3 program.py "$@" >said 2>/dev/null </dev/null & echo $! >>programs
        for turn in $(seq 100); do if [ -s said ]; then break; fi; sleep 0.1; done
        head -n 1 said
        """, "sh",
      ] + words
    ).trimmingCharacters(in: .newlines)
  }

  func endPrograms() {
    _ = try? scratch.run(["sh", "-c", "xargs kill <programs; rm -f programs said"])
  }
}
