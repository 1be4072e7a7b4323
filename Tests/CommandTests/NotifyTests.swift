import Foundation
import TestSupport
import Testing

@testable import deploy

/// Against a server in Python, which verifies the signature by itself.
@Suite("Notifications", .serialized)
struct NotifyTests {
  private static let secret = "a key that \"nobody\" knows \\ 1"
  private static let server = #"""
    import base64, glob, hashlib, hmac, http.server, json, sys, threading, time
    KEY = sys.argv[1].encode()
    tries = {}
    class Page(http.server.BaseHTTPRequestHandler):
        def log_message(self, *words): pass
        def do_GET(self): self.note(b"")
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.note(body)
            path = self.path.split("?")[0]
            tries[path] = tries.get(path, 0) + 1
            if path == "/hang": return time.sleep(60)
            status = {"/500": 500, "/redirect": 302, "/404": 404}.get(path, 200)
            if path == "/flaky" and tries[path] == 1: status = 503
            self.send_response(status)
            if path == "/redirect":
                self.send_header("Location", "http://127.0.0.1:%d/elsewhere" % other.server_address[1])
            self.end_headers()
        def note(self, body):
            signed = ("%s.%s." % (self.headers["webhook-id"], self.headers["webhook-timestamp"])).encode() + body
            wanted = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
            words = b""
            for name in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    with open(name, "rb") as file: line = file.read()
                except OSError: continue
                if line.startswith(b"curl"): words += line
            with open("requests", "a") as file:
                json.dump({
                    "path": self.path, "valid": hmac.compare_digest(wanted, self.headers["webhook-signature"] or ""),
                    "late": abs(time.time() - int(self.headers["webhook-timestamp"])) > 30,
                    "id": self.headers["webhook-id"], "body": body.decode(),
                    "seen": KEY in words or b"token=" in words, "curl": len(words)}, file)
                file.write("\n")
    class Server(http.server.ThreadingHTTPServer): daemon_threads = True
    other = Server(("127.0.0.1", 0), Page)
    site = Server(("127.0.0.1", 0), Page)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    print(site.server_address[1], flush=True)
    site.serve_forever()
    """#

  struct Request: Decodable {
    var path: String
    var valid: Bool
    var late: Bool
    var id: String
    var body: String
    var seen: Bool
    var curl: Int

    var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
    }
  }

  private func requests(_ scene: Scene) throws -> [Request] {
    try scene.scratch.run(["sh", "-c", "cat requests 2>/dev/null || :"]).split(separator: "\n").map
    {
      try JSONDecoder().decode(Request.self, from: Data($0.utf8))
    }
  }

  private func scene(_ more: [String: String] = [:], notify: (String) -> String) throws -> Scene {
    let scene = try Scene()
    let port = try scene.python(Self.server, Self.secret)
    try scene.configure(more.merging(["notify": notify("http://127.0.0.1:\(port)")]) { $1 })
    return scene
  }

  private func run(_ scene: Scene, _ words: String...) throws -> Scene.Ending {
    try scene.deploy(input: "", environment: ["HOOK": Self.secret], words)
  }

  @Test("a push, a rollback and a failure are told, signed, to those who asked for them")
  func told() throws {
    let scene = try scene {
      """
      [{ "url": "\($0)/all?token=abcdef", "secret_env": "HOOK", "on": ["start", "success", "failure", "rollback"] },
       { "url": "\($0)/bad", "secret_env": "HOOK", "on": ["failure"] },
       { "url": "\($0)/back", "on": ["rollback"], "format": "slack" }]
      """
    }
    defer { scene.endPrograms() }
    #expect(try run(scene, "push").status == 0)
    // Nothing happened, so there is nothing to tell but that it began.
    #expect(try run(scene, "push").status == 0)
    #expect(try run(scene, "push", "--dry-run").status == 0)
    try scene.scratch.write("a & <b>\n", to: "project/index.php")
    #expect(try run(scene, "push").status == 0)
    #expect(try run(scene, "rollback").status == 0)
    try scene.scratch.run([
      "sed", "-i", #"s/"notify"/"hooks": { "after_flip": ["echo no; false"] }, "notify"/"#,
      "project/deploy.json",
    ])
    #expect(try run(scene, "push").status == 14)

    let all = try requests(scene)
    #expect(all.allSatisfy { !$0.late && !$0.seen && $0.curl > 0 })
    let events = all.filter { $0.path == "/all?token=abcdef" }
    #expect(events.allSatisfy { $0.valid })
    #expect(Set(events.map(\.id)).count == events.count)
    #expect(
      events.map { $0.json["event"] as? String } == [
        "start", "success", "start", "start", "success", "start", "rollback", "start", "failure",
      ])
    let first = try #require(events.dropFirst().first?.json)
    #expect(first["version"] as? Int == 1 && first["id"] as? String == events[1].id)
    #expect(first["app"] as? String == "shop" && first["verb"] as? String == "push")
    #expect(first["exit"] as? Int == 0)
    let hosts = try #require(first["hosts"] as? [[String: Any]])
    #expect(hosts.count == 1 && hosts[0]["host"] as? String == "web1")
    #expect(
      try scene.server("test -d releases/\(hosts[0]["live"] as? String ?? "?") && echo yes")
        == "yes\n")
    let last = try #require(events.last?.json)
    #expect(last["exit"] as? Int == 14)
    #expect((last["message"] as? String)?.contains("rolled back to") == true)

    #expect(all.filter { $0.path == "/bad" }.map { $0.json["event"] as? String } == ["failure"])
    let texts = all.filter { $0.path == "/back" }.compactMap { $0.json["text"] as? String }
    #expect(texts.count == 2)
    #expect(texts.first?.hasPrefix(":rewind: *shop default*: 20") == true)
    #expect(texts.last?.hasPrefix(":x: *shop default*: push by ann ended with 14") == true)
  }

  @Test(
    "who hangs, fails or redirects costs a line and some seconds, and no exit code",
    arguments: [
      ("/hang", "no answer in time", 2), ("/500", "answered 500", 2), ("/404", "answered 404", 1),
      ("/redirect", "answered 302: a redirect is not followed", 1), ("/flaky", "", 2),
    ])
  func trouble(path: String, words: String, tries: Int) throws {
    let scene = try scene { #"[{ "url": "\#($0)\#(path)", "secret_env": "HOOK" }]"# }
    defer { scene.endPrograms() }
    let began = ContinuousClock.now
    let push = try run(scene, "push")
    let seconds = began.duration(to: .now) / .seconds(1)
    #expect(push.status == 0 && push.results.contains("live 20"))
    #expect(seconds < 15, "\(seconds)")
    let warnings = push.lines.filter { $0.contains("warning:") }
    #expect(warnings.count == (words.isEmpty ? 0 : 1), "\(push.reports)")
    #expect(words.isEmpty || warnings[0].contains(words), "\(push.reports)")
    let all = try requests(scene)
    #expect(all.map(\.path) == Array(repeating: path, count: tries))
    #expect(all.allSatisfy { $0.valid } && Set(all.map(\.id)).count == 1)
  }

  @Test(
    "nothing is sent without the key that is to sign it, nor without curl, nor to what is no address"
  )
  func missing() throws {
    let scene = try scene {
      #"[{ "url": "\#($0)/a", "secret_env": "NOT_SET" }, { "url_env": "NEITHER" }]"#
    }
    defer { scene.endPrograms() }
    let push = try run(scene, "push")
    #expect(push.status == 0)
    #expect(push.reports.contains("127.0.0.1:") && push.reports.contains(": NOT_SET is not set"))
    #expect(push.reports.contains("no notification: NEITHER is not set to an address"))
    #expect(try requests(scene).isEmpty)
    try scene.scratch.run([
      "sed", "-i", #"s/NOT_SET/HOOK/; s/, { "url_env.*NEITHER" }//"#, "project/deploy.json",
    ])
    try scene.scratch.run([
      "sh", "-euc",
      """
      mkdir tools; for tool in /usr/bin/* /bin/*; do
        [ "${tool##*/}" = curl ] || ln -sf "$tool" "tools/${tool##*/}"
      done
      """,
    ])
    let without = try scene.deploy(
      input: "", environment: ["HOOK": Self.secret, "PATH": "\(scene.scratch.path)/tools"],
      ["push", "--force"])
    #expect(without.status == 0)
    #expect(without.reports.contains("there is no curl on this machine"), "\(without.reports)")
    #expect(try requests(scene).isEmpty)
  }

  @Test("neither the address nor the key shows, whoever prints it")
  func masked() throws {
    let scene = try scene(["hooks": #"{ "before_flip": ["cat said.txt; false"] }"#]) {
      #"[{ "url": "\#($0)/x?token=abcdef", "secret_env": "HOOK", "on": ["failure"] }]"#
    }
    defer { scene.endPrograms() }
    let port = try scene.scratch.run(["head", "-n", "1", "said"]).trimmingCharacters(in: .newlines)
    let url = "http://127.0.0.1:\(port)/x?token=abcdef"
    try scene.scratch.write("\(url)\n\(Self.secret)\n", to: "project/said.txt")
    for words in [["push", "-v"], ["push", "--json"]] {
      let push = try scene.deploy(input: "", environment: ["HOOK": Self.secret], words)
      #expect(push.status == 13)
      let all = push.results + push.reports
      #expect(
        all.contains("***") && !all.contains("token=abcdef") && !all.contains("nobody"), "\(all)")
    }
    let bodies = try requests(scene)
    #expect(bodies.count == 2 && bodies.allSatisfy { $0.valid && !$0.body.contains("abcdef") })
    try scene.configure(["notify": #"[{ "url": "hooks.example.com/T0SECRET" }]"#])
    let wrong = try run(scene, "push")
    #expect(wrong.status == 2 && !wrong.reports.contains("T0SECRET"), "\(wrong.reports)")
  }
}
