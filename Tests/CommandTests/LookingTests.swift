import Foundation
import TestSupport
import Testing

@testable import deploy

@Suite("Commands around a deploy")
struct LookingTests {
  @Test("setup makes what is missing, overwrites nothing and names what a person has to bring")
  func setup() async throws {
    let scene = try Scene([
      "shared": #"{ "directories": ["storage", "public/uploads"], "files": [".env"] }"#
    ])
    try scene.server("mkdir -p shared/storage; echo mine >shared/storage/u")
    let shown = await scene.deploy("setup", "--dry-run")
    #expect(shown.results.contains("make shared/public/uploads if it is missing"))
    #expect(try scene.server("ls -A") == "shared\n")

    let first = await scene.deploy("setup")
    #expect(first.status == 0, "\(first.reports)")
    #expect(first.results.contains("shared/.env is missing: put it at \(scene.root)/shared/.env"))
    #expect(first.reports.contains("made shared/public/uploads"))
    #expect(try scene.server("cat shared/storage/u; ls -A") == "mine\n.deploy\nreleases\nshared\n")

    try scene.server("echo K=1 >shared/.env")
    let second = await scene.deploy("setup")
    #expect(second.results.contains("next:  `deploy push`"))
    #expect(await scene.deploy("push").status == 0)
  }

  @Test("setup lays out the recipe's skeleton")
  func skeleton() async throws {
    let scene = try Scene(["recipe": #""laravel""#])
    #expect(await scene.deploy("setup").status == 0)
    #expect(try scene.server("test -d shared/storage/framework && echo yes") == "yes\n")
  }

  @Test("check leaves nothing behind and finds a healthy host healthy")
  func check() async throws {
    let scene = try Scene()
    #expect(await scene.deploy("push").status == 0)
    let before = try scene.inventory()
    let ending = await scene.deploy("check")
    #expect(ending.status == 0, "\(ending.results)\(ending.reports)")
    #expect(ending.results.contains("replaces a link in one step"))
    #expect(try scene.inventory() == before)
    let tools = ending.results.split(separator: "\n").filter { $0.contains(" tools ") }
    #expect(tools.count == 1 && tools[0].contains(", tar 1."), "\(tools)")
    #expect(await scene.deploy("check", "-v").reports.contains("web1: tar        tar (GNU tar) 1."))
    let events = await scene.deploy("check", "--json").results
    #expect(events.contains(#""event":"tool","host":"web1","name":"tar","version":"tar (GNU"#))
  }

  @Test("check names what to mend, and the command that mends it")
  func checkFindings() async throws {
    let scene = try Scene(["shared": #"{ "files": [".env"] }"#])
    try scene.server("mkdir current shared; chmod 777 shared")
    let ending = await scene.deploy("check")
    #expect(ending.status == 17)
    #expect(ending.results.contains("fix: deploy adopt"))
    #expect(ending.results.contains("fix: cp .env \(scene.root)/shared/.env"))
    #expect(ending.results.contains("fix: chmod o-w \(scene.root)/shared"))
    #expect(ending.reports.contains("2 things are to be mended"))
  }

  @Test("run prints each line behind its host's name and ends with the highest status")
  func run() async throws {
    let scene = try Scene()
    #expect(await scene.deploy("push").status == 0)
    let ending = await scene.deploy("run", "--", "printf '%s\\n' \"$(pwd -P)\" last; exit 3")
    #expect(ending.status == 3)
    #expect(ending.results.hasPrefix("web1 | \(scene.root)/releases/"))
    #expect(ending.results.hasSuffix("web1 | last\n"))
    let words = await scene.deploy("run", "--", "printf", "<%s>", "a  b", "it's", "$HOME")
    #expect(words.results == "web1 | <a  b><it's><$HOME>\n")
  }

  @Test("logs shows the last lines of each file")
  func logs() async throws {
    let scene = try Scene(["logs": #"["log/*.log"]"#])
    #expect(await scene.deploy("push").status == 0)
    try scene.server("mkdir current/log; printf '1\\n2\\n3\\n' >current/log/app.log")
    let ending = await scene.deploy("logs", "-n", "2")
    #expect(ending.results == "web1 | 2\nweb1 | 3\n")
  }

  @Test("unlock says that a free lock needs nothing, and ends a session that hangs")
  func unlock() async throws {
    let scene = try Scene()
    #expect(await scene.deploy("push").status == 0)
    let free = await scene.deploy("unlock")
    #expect(free.status == 0)
    #expect(free.results.contains("the lock is free"))
    let ended = try await scene.locked {
      let unasked = await scene.deploy("unlock")
      #expect(unasked.status == 17)
      #expect(unasked.reports.contains("locked by ann@laptop: push 1"))
      return await scene.deploy("unlock", "--yes")
    }
    #expect(ended.status == 0, "\(ended.reports)")
    #expect(ended.results.contains("ended process group"))
    try scene.scratch.write("v2\n", to: "project/index.php")
    #expect(await scene.deploy("push").status == 0)
  }

  @Test("trust records a key by its fingerprint, and the host is known from then on")
  func trust() async throws {
    let scene = try Scene()
    let key = try scene.key()
    let server = try SSHServer(.init(authorizedKeys: [key.publicLine]))
    defer { server.stop() }
    try scene.reach(server, identity: key.path, knownHosts: "")
    let fingerprint = try server.hostKeys[0].fingerprint()
    let wrong = await scene.deploy("trust", "--fingerprint", "SHA256:wrong")
    #expect(wrong.status == 10)
    #expect(await scene.deploy("status").status == 10)
    let ending = await scene.deploy("trust", "--fingerprint", fingerprint)
    #expect(ending.status == 0, "\(ending.reports)")
    #expect(ending.results.contains("\"host_key\": \"\(fingerprint)\""))
    #expect(await scene.deploy("status").status == 0)
    let again = await scene.deploy("trust")
    #expect(again.results.contains("is known already, at "))
  }

  @Test("init writes a file that the reader accepts, and never a second time")
  func initialise() async throws {
    let scene = try Scene()
    let file = "\(scene.scratch.path)/fresh/deploy.json"
    try scene.scratch.write("{}", to: "fresh/artisan")
    let ending = await scene.deploy("init", "--config", file)
    #expect(ending.status == 0, "\(ending.reports)")
    #expect(ending.results.contains("wrote \(file)"))
    let read = await scene.deploy("logs", "--config", file)
    #expect(!read.reports.contains("deploy.json:"), "\(read.reports)")
    #expect(await scene.deploy("init", "--config", file).status == 2)
  }

  @Test("version, schema and completion speak without a project", arguments: ["--json", "--quiet"])
  func words(option: String) async throws {
    let scene = try Scene()
    for words in [["version"], ["schema"], ["completion", "bash"]] {
      let ending = await scene.deploy(words + [option, "--config", "/nowhere"])
      #expect(ending.status == 0)
      #expect(!ending.results.isEmpty)
      #expect(ending.reports.isEmpty)
    }
  }

  @Test("ssh starts in the live release, as the configured user")
  func ssh() throws {
    let scene = try Scene()
    try scene.configure([
      "hosts": #"[{ "host": "web1", "user": "joe", "port": 2222 }]"#, "path": #""/srv/it's""#,
    ])
    try scene.scratch.write("#!/bin/sh\nprintf '%s\\n' \"$@\"\n", to: "bin/ssh")
    try scene.scratch.run(["chmod", "755", "bin/ssh"])
    let ending = try scene.deploy(pathPrefix: "\(scene.scratch.path)/bin", "ssh")
    #expect(ending.status == 0, "\(ending.reports)")
    #expect(
      ending.results == """
        -t
        -l
        joe
        -p
        2222
        --
        web1
        cd '/srv/it'\\''s'/current 2>/dev/null || cd '/srv/it'\\''s'; exec "${SHELL:-sh}" -l

        """)
  }
}
