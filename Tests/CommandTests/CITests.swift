import Foundation
import Glibc
import Processes
import TestSupport
import Testing

@testable import deploy

@Suite("In a CI job")
struct CITests {
  private let key = "-----BEGIN KEY-----\nAAAAline-one+/=\nBBBBline-two\n-----END KEY-----"

  @Test("a secret of the environment is in no output, however it is written")
  func masks() {
    let mask = Mask(environment: [
      "DEPLOY_SSH_KEY": key, "APP_SECRET": "s3cret & \"quoted\" value", "DB_PASSWORD": "hunter22",
      "PATH": "/usr/bin", "GREETING": "good morning", "KEY_TOKEN": "short",
      "SSH_KEY": "/home/a/key",
    ])
    func masked(_ text: String) -> String {
      String(decoding: mask.applied(to: Array(text.utf8)), as: UTF8.self)
    }
    #expect(masked("one AAAAline-one+/= two BBBBline-two.") == "one *** two ***.")
    #expect(masked("pw=hunter22&x") == "pw=***&x")
    #expect(masked(#"{"a":"s3cret & \"quoted\" value"}"#) == #"{"a":"***"}"#)
    #expect(masked("s3cret%20%26%20%22quoted%22%20value") == "***")
    let base64 = Data("hunter22".utf8).base64EncodedString()
    #expect(masked("x\(base64)x") == "x***x")
    #expect(
      masked("from https://bot:pa@ss@host/x and https://bot@host:80/y")
        == "from https://bot:***@host/x and https://bot@host:80/y")
    for text in ["good morning", "/usr/bin", "short", "/home/a/key", "-----BEGIN KEY-----"] {
      #expect(masked(text) == text)
    }
  }

  @Test("an error is annotated where GitHub shows it, on one line")
  func annotates() async throws {
    let scene = try Scene()
    let github = CIDialect(environment: ["GITHUB_ACTIONS": "true"])
    let error = ErrorReport(code: 13, message: "hook \"a\" exited 1\n100%", live: "x", next: "y")
    #expect(
      github.annotation(of: error)
        == "::error title=deploy error 13::hook \"a\" exited 1%0A100%25%0Alive: x%0Anext: y")
    #expect(CIDialect(environment: ["GITLAB_CI": "true"]).annotation(of: error) == nil)
    #expect(CIDialect(environment: [:]) == .plain)
    let ending = try scene.deploy(
      input: "", environment: ["GITHUB_ACTIONS": "true", "CI": "true"], ["rollback"])
    #expect(ending.status == 18)
    #expect(ending.results.hasPrefix("::error title=deploy error 18::"))
  }

  @Test(
    "hooks are folded, and the page of the job shows every host", arguments: ["github", "gitlab"])
  func folds(system: String) async throws {
    let scene = try Scene(["hooks": #"{ "before_flip": ["echo migrated; echo ::error::fake"] }"#])
    let summary = "\(scene.scratch.path)/summary.md"
    let environment =
      system == "github"
      ? ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary] : ["GITLAB_CI": "true"]
    let push = try scene.deploy(input: "", environment: environment, ["push"])
    #expect(push.status == 0, "\(push.reports)")
    let lines = push.lines
    let opening = system == "github" ? "::group::web1: run" : "\u{1B}[0Ksection_start:"
    let closing = system == "github" ? "::endgroup::" : "\u{1B}[0Ksection_end:"
    let first = try #require(lines.firstIndex { $0.hasPrefix(opening) })
    let last = try #require(lines.firstIndex { $0.hasPrefix(closing) })
    #expect(Array(lines[(first + 1)..<last]) == ["web1 | migrated", "web1 | ::error::fake"])
    // A command of the CI system begins a line; what a host prints never does.
    #expect(!lines.contains { $0.hasPrefix("::error") })
    if system == "github" {
      let page = try String(contentsOfFile: summary, encoding: .utf8)
      #expect(page.contains("| host | ended | live |") && page.contains("| web1 | ok | "))
    }
  }

  @Test(
    "the workflow that init writes deploys from a bare machine, and a cancelled job harms nothing")
  func job() async throws {
    let scene = try Scene()
    let login = try SSHServerKey.make(.ed25519, at: "\(scene.scratch.path)/login")
    let server = try SSHServer(SSHServer.Options(authorizedKeys: [login.publicLine]))
    defer { server.stop() }
    let pin = try server.hostKeys[0].fingerprint()
    try scene.configure([
      "hosts": #"[{ "host": "127.0.0.1", "port": \#(server.port), "host_key": "\#(pin)" }]"#,
      "hooks": #"{ "before_flip": ["[ ! -e wait ] || sleep 30"] }"#,
    ])
    // A clean home, no agent, no known_hosts, no terminal; the key in a variable; the file's own words.
    let text = CIWorkflow.github.text
    let line = try #require(
      text.split(separator: "\n").first { $0.contains("run: deploy push") })
    let words = line.drop { $0 == " " }.dropFirst("run: deploy ".count).split(separator: " ")
    let environment = [
      "CI": "true", "GITHUB_ACTIONS": "true", "HOME": "\(scene.scratch.path)/empty-home",
      "DEPLOY_SSH_KEY": try String(contentsOfFile: login.path, encoding: .utf8),
    ]
    try scene.scratch.directory("empty-home")
    let push = try scene.deploy(input: "", environment: environment, words.map(String.init))
    #expect(push.status == 0, "\(push.reports)")
    let live = try scene.scratch.run(["readlink", "srv/app/current"])

    try scene.scratch.write("", to: "project/wait")
    let job = try scene.start(environment: environment, words.map(String.init))
    try scene.wait(for: ".deploy/ops/hook.*")
    kill(job.pid, SIGTERM)
    #expect(job.wait() == 143)
    #expect(try scene.scratch.run(["readlink", "srv/app/current"]) == live)
    try scene.scratch.run(["rm", "project/wait"])
    try scene.scratch.write("hello again\n", to: "project/index.php")
    let again = try scene.deploy(input: "", environment: environment, words.map(String.init))
    #expect(again.status == 0, "\(again.reports)")
  }

  @Test("init writes a workflow once", arguments: CIWorkflow.allCases)
  func workflow(system: CIWorkflow) async throws {
    let scene = try Scene()
    let first = try scene.deploy(input: "", ["init", "--ci", system.rawValue])
    #expect(first.status == 0, "\(first.reports)")
    #expect(
      try String(contentsOfFile: "\(scene.project)/\(system.path)", encoding: .utf8) == system.text)
    #expect(try scene.deploy(input: "", ["init", "--ci", system.rawValue]).status == 2)
  }
}
