import Foundation
import Processes
import TestSupport
import Testing

@testable import deploy

@Suite("deploy env")
struct EnvTests {
  private func scene(_ changes: [String: String] = [:], env: String? = nil) throws -> Scene {
    var settings = [
      "shared": #"{ "files": [".env"] }"#,
      "env": #"{ "debug": ["APP_DEBUG=true APP_ENV=production"] }"#,
    ]
    settings.merge(changes) { $1 }
    let scene = try Scene(settings)
    try scene.server("mkdir -p shared")
    if let env { try scene.scratch.write(env, to: "srv/app/shared/.env") }
    return scene
  }

  private static func twoHosts(_ scene: Scene) -> String {
    """
    [{ "host": "web1", "transport": "local", "path": "\(scene.root)" },
     { "host": "web2", "transport": "local", "path": "\(scene.root)2" }]
    """
  }

  @Test("set takes the value from standard input, and touches nothing else of the file")
  func set() throws {
    let scene = try scene(env: "# head\nA=old # why\nB='2'\n")
    try scene.server("chmod 640 shared/.env")
    let ending = try scene.deploy(input: "it's \"new\" $x\n", "env", "set", "A", "--why", "rotated")
    #expect(ending.status == 0, "\(ending.reports)")
    #expect(
      try scene.server("cat shared/.env; stat -c %a shared/.env")
        == "# head\nA=\"it's \\\"new\\\" \\$x\" # why\nB='2'\n640\n")
    #expect(try scene.deploy(input: "", "env", "get", "A").results == "it's \"new\" $x\n")
    #expect(
      try scene.deploy(input: "it's \"new\" $x", "env", "set", "A").results.contains(
        "nothing to do"))
  }

  @Test("the first set makes the file, and a value that is missing is no value")
  func first() throws {
    let scene = try scene()
    let none = try scene.deploy(input: "", "env", "set", "A")
    #expect(none.status == 2)
    #expect(none.reports.contains("no value arrived for A"))
    #expect(try scene.deploy(input: "", "env", "set", "A", "--empty").status == 0)
    #expect(try scene.deploy(input: "x y\n\n", "env", "set", "B").status == 0)
    #expect(try scene.server("cat shared/.env; stat -c %a shared/.env") == "A=\nB=\"x y\n\"\n600\n")
    #expect(try scene.deploy(input: "a\0b", "env", "set", "C").status == 2)
  }

  @Test(
    "a value among the words is refused, and not repeated",
    arguments: [["A=canary"], ["A", "canary"], ["canary!"], []])
  func words(words: [String]) async throws {
    let scene = try scene(env: "A=1\n")
    for verb in ["set", "get"] {
      let ending = await scene.deploy(["env", verb] + words)
      #expect(ending.status == 2)
      #expect(!(ending.results + ending.reports).contains("canary"))
    }
    let named = await scene.deploy("env", "set", "A=canary")
    #expect(named.reports.contains("every user of this machine can list the words of a process"))
    #expect(try scene.server("cat shared/.env; ls -A") == "A=1\nshared\n")
  }

  @Test("list and diff show names and where hosts differ; get asks which one is meant")
  func differences() async throws {
    let scene = try scene(env: "SAME=canary\nA=canary1\nONE=canary2\nNONE=\n")
    try scene.configure([
      "shared": #"{ "files": [".env"] }"#, "hosts": Self.twoHosts(scene),
      "stages": """
      { "production": {}, "staging": { "hosts": [{ "host": "test1", "transport": "local" }],
        "path": "\(scene.root)3" } }
      """, "default_stage": #""production""#,
    ])
    try scene.scratch.write("SAME=canary\nA=canary3\nNONE=\n", to: "srv/app2/shared/.env")
    try scene.scratch.write("A=canary1\n", to: "srv/app3/shared/.env")
    try scene.scratch.write("A=\nNEW=\n", to: "project/.env.example")

    let list = await scene.deploy("env", "list")
    #expect(
      list.results == """
        key   value     hosts
        SAME  ********  same
        A     ********  differs: web1 | web2
        ONE   ********  missing in web2
        NONE  (empty)   same

        """)
    let diff = await scene.deploy("env", "diff")
    #expect(
      diff.results == """
        key  how
        A    differs: web1 | web2
        ONE  missing in web2
        2 same, 2 not

        """)
    let staging = await scene.deploy("env", "diff", "--host", "web1", "--with", "staging")
    #expect(staging.results.contains("ONE   missing in staging/test1\n"))
    #expect(staging.results.hasSuffix("1 same, 3 not\n"))
    let example = await scene.deploy("env", "diff", "--example")
    #expect(example.results.contains("NEW   missing in web1, web2\n"))
    let json = await scene.deploy("env", "list", "--json")
    #expect(
      json.results.contains(
        #"{"event":"env","key":"A","same":false,"groups":[["web1"],["web2"]],"missing":[]}"#))
    for ending in [list, diff, staging, example, json] {
      #expect(ending.status == 0)
      #expect(!(ending.results + ending.reports).contains("canary"))
    }
    #expect(await scene.deploy("env", "get", "A").status == 15)
    #expect(await scene.deploy("env", "get", "A", "--host", "web2").results == "canary3\n")
    #expect(await scene.deploy("env", "get", "NOBODY", "--host", "web2").status == 1)
    let masked = await scene.deploy("env", "get", "SAME", "--json")
    #expect(masked.results.contains(#""value":"********""#) && !masked.results.contains("canary"))
    let shown = await scene.deploy("env", "get", "SAME", "--json", "--reveal")
    #expect(shown.results.contains(#""value":"canary""#))
  }

  @Test("one set changes every host of the stage, each from what it has")
  func severalHosts() throws {
    let scene = try scene(env: "A=1\n")
    try scene.configure(["hosts": Self.twoHosts(scene)])
    #expect(try scene.deploy(input: "new", "env", "set", "A").status == 0)
    #expect(
      try scene.server(
        "cat shared/.env ../app2/shared/.env; ls -x .deploy/env; ls ../app2/.deploy/env")
        == "A=new\nA=new\n1  2\n1\n")
  }

  @Test(
    "history tells who, when, why and which; a hand's edit becomes a version, and rollback returns")
  func history() async throws {
    let scene = try scene(env: "A=1\n")
    #expect(try scene.deploy(input: "2", "env", "set", "A", "--why", "because").status == 0)
    #expect(try scene.deploy(input: "x", "env", "set", "B").status == 0)
    try scene.server("printf 'A=hand\n# mine\nC=3\n' >shared/.env")
    let check = await scene.deploy("env", "check")
    #expect(check.results.contains("was changed by hand since version 3"))
    let set = try scene.deploy(input: "4", "env", "set", "A")
    #expect(set.reports.contains("changed by hand since version 3"))
    let history = await scene.deploy("env", "history")
    let rows = history.results.split(separator: "\n").dropFirst().map {
      $0.split(separator: " ", omittingEmptySubsequences: true).enumerated()
        .filter { ![1, 2].contains($0.offset) }.map { String($0.element) }.joined(separator: " ")
    }
    #expect(
      rows == [
        "1 found here ? +A", "2 set ann ~A because", "3 set ann +B",
        "4 changed by hand ? +C ~A -B", "5 set ann ~A",
      ])
    #expect(try scene.server("cat .deploy/env/4/content") == "A=hand\n# mine\nC=3\n")

    #expect(await scene.deploy("env", "rollback").status == 0)
    #expect(try scene.server("cat shared/.env") == "A=hand\n# mine\nC=3\n")
    #expect(await scene.deploy("env", "rollback", "1", "--why", "oops").status == 0)
    #expect(
      try scene.server("cat shared/.env; ls .deploy/env | tr '\n' ' '") == "A=1\n1 2 3 4 5 6 7 ")
    #expect(await scene.deploy("env", "history").results.contains("rollback to 1"))
    let missing = await scene.deploy("env", "rollback", "99")
    #expect(missing.status == 18)
    #expect(try scene.server("find .deploy/env -perm /077") == "")
  }

  @Test("unset takes the lines of a key away, and says so when there are none")
  func unset() async throws {
    let scene = try scene(env: "A=1\n# c\nB='2\n3'\nA=4\n")
    #expect(await scene.deploy("env", "unset", "A", "B").status == 0)
    #expect(try scene.server("cat shared/.env") == "# c\n")
    #expect(await scene.deploy("env", "unset", "A").results.contains("nothing to do"))
  }

  @Test("edit works on a private copy, shows names alone, asks, and leaves nothing")
  func edit() throws {
    let scene = try scene(env: "A=canary1\nB=canary2\n")
    let temporary = try scene.scratch.directory("tmp")
    try scene.scratch.write(
      "#!/bin/sh\nstat -c %a \"$1\" \"${1%/*}\" >&2\nsed -i 's/^A=.*/A=canary3/; s/^B/C/' \"$1\"\n",
      to: "editor")
    let editor = ["TMPDIR": temporary, "VISUAL": "sh \(scene.scratch.path)/editor", "CI": "1"]
    let unanswered = try scene.deploy(input: "", environment: editor, "env", "edit")
    #expect(unanswered.status == 17)
    #expect(try scene.server("cat shared/.env") == "A=canary1\nB=canary2\n")
    let ending = try scene.deploy(input: "", environment: editor, "env", "edit", "--yes")
    #expect(ending.status == 0, "\(ending.reports)")
    #expect(ending.reports.hasPrefix("600\n700\n  + C\n  ~ A\n  - B\n"))
    #expect(!(ending.results + ending.reports + unanswered.reports).contains("canary"))
    #expect(try scene.server("cat shared/.env") == "A=canary3\nC=canary2\n")
    #expect(try scene.scratch.run(["ls", "-A", temporary]) == "")
  }

  @Test("a link in the file's place is refused by name and left alone")
  func planted() throws {
    let scene = try scene()
    try scene.server("echo A=1 >../outside; ln -s ../../outside shared/.env")
    let ending = try scene.deploy(input: "x", "env", "set", "A")
    #expect(ending.status == 17)
    #expect(ending.reports.contains(".env is a link where a file belongs"))
    #expect(try scene.server("cat ../outside; readlink shared/.env") == "A=1\n../../outside\n")
  }

  struct Breach: Sendable {
    let env: String
    let words: String
    let allow: [String]
  }

  @Test(
    "push is refused before it uploads, and names the keys",
    arguments: [
      Breach(
        env: "A=1\n", words: "shared/.env lacks B, C, which .env.example names", allow: ["B", "C"]),
      Breach(
        env: "A=\nB=\nC=\n", words: "shared/.env is still .env.example, byte for byte",
        allow: ["A", "B", "C"]),
      Breach(
        env: "A=1\nB=2\nC=3\nAPP_ENV='production'\nAPP_DEBUG=true\n",
        words: "shared/.env has APP_DEBUG=true and APP_ENV=production", allow: ["APP_DEBUG"]),
    ])
  func push(breach: Breach) async throws {
    let scene = try scene(env: breach.env)
    try scene.scratch.write("A=\nB=\nC=\n", to: "project/.env.example")
    for words in [["push"], ["plan"], ["push", "--allow", "OTHER"]] {
      let ending = await scene.deploy(words)
      #expect(ending.status == 17)
      #expect(ending.reports.contains(breach.words), "\(ending.reports)")
      #expect(try scene.server("ls -A") == "shared\n")
    }
    let check = await scene.deploy("env", "check")
    #expect(check.status == 17 && check.results.contains(breach.words))
    #expect(await scene.deploy("check").results.contains(breach.words))
    let allowed = breach.allow.flatMap { ["--allow", $0] }
    #expect(await scene.deploy(["env", "check"] + allowed).status == 0)
    let ending = await scene.deploy(["push"] + allowed)
    #expect(ending.status == 0, "\(ending.reports)")
    let keys = breach.allow.map { "\"\($0)\"" }.joined(separator: ", ")
    try scene.configure([
      "shared": #"{ "files": [".env"] }"#,
      "env": #"{ "allow": [\#(keys)], "debug": ["APP_DEBUG=true APP_ENV=production"] }"#,
    ])
    #expect(await scene.deploy("push", "--force").status == 0)
  }

  @Test("a death at any point leaves the file as it was or as it is to be, and the next set mends")
  func deaths() throws {
    let listing = try scene(env: "A=1\n")
    let points = try listing.deploy(
      input: "2", environment: ["DEPLOY_TEST_FAULT": "list"], "env", "set", "A"
    ).results.split(separator: "\n").compactMap { line -> String? in
      let words = line.split(separator: " ")
      return words.first == "point" && words.last?.hasSuffix("_env") == true
        ? String(words[1]) : nil
    }
    #expect(points.count >= 6, "\(points)")
    for point in points {
      let scene = try scene(env: "A=1\n")
      let killed = try scene.deploy(
        input: "2", environment: ["DEPLOY_TEST_FAULT": "worker \(point)"], "env", "set", "A")
      let isAtWrite = point.hasPrefix(points.last?.prefix(2) ?? "?")
      #expect(killed.status == (isAtWrite ? 16 : 12), "\(point): \(killed.reports)")
      let left = try scene.server("cat shared/.env")
      #expect(["A=1\n", "A=2\n"].contains(left), "\(point)")
      let next = try scene.deploy(input: "3", "env", "set", "A")
      #expect(next.status == 0, "\(point): \(next.reports)")
      #expect(try scene.server("cat shared/.env; ls -A shared") == "A=3\n.env\n")
      #expect(try scene.server("ls -A .deploy/env | grep -v '^[0-9]*$' || :") == "", "\(point)")
      #expect(try scene.server("cat .deploy/env/*/content").contains("A=1\n"), "\(point)")
    }
  }

  /// Looking at processes can miss one that lives for a millisecond; the kernel's own list cannot.
  @Test("no program is ever started with the value among its words or variables")
  func programs() throws {
    let scene = try scene(env: "A=1\n")
    let result = try Command(
      [
        "strace", "-f", "-qq", "-v", "-e", "trace=execve", "-s", "100000", "-o",
        "\(scene.scratch.path)/trace", Scene.binary, "env", "set", "A",
      ], in: scene.project,
      environment: ["PATH": "/usr/bin:/bin", "HOME": scene.scratch.path, "USER": "ann"],
      input: Array("canary1234".utf8)
    ).run()
    #expect(result.status == 0, "\(result.errorText)")
    #expect(try scene.server("cat shared/.env") == "A=canary1234\n")
    let trace = try scene.scratch.run(["cat", "trace"])
    #expect(trace.contains("sha256sum") && !trace.contains("canary1234"))
  }

  @Test("a secret is in the file and its versions, and nowhere else, at no time")
  func secret() async throws {
    let canary = "canary" + (0..<16).map { _ in String(Int.random(in: 0...9)) }.joined()
    let scene = try scene(env: "APP_ENV=production\nAPP_DEBUG=false\n")
    try scene.scratch.write("A=\n", to: "project/.env.example")
    // A look at the words of every process, as any user can take it, while the commands run.
    let watch = try Child.start(
      Command(
        [
          "sh", "-c",
          #"""
          while [ ! -e stop ]; do
            cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -a 'canary[0-9][0-9]'
            : >ready
          done
          """#,
        ], in: scene.scratch.path), input: .null, output: .pipe, errors: .null)
    while !FileManager.default.fileExists(atPath: "\(scene.scratch.path)/ready") {
      try await Task.sleep(for: .milliseconds(5))
    }
    var said = ""
    for words in [
      ["env", "set", "A", "--verbose"], ["env", "set", "B", "--json"], ["env", "list"],
      ["env", "list", "--json"], ["env", "get", "A", "--json"], ["env", "diff", "--json"],
      ["env", "diff"], ["env", "history"], ["env", "history", "--json"], ["env", "check"],
      ["env", "check", "--json"], ["check", "--json"], ["plan", "--json"], ["push", "--verbose"],
      ["push", "--force", "--json"], ["status", "--json"], ["history", "--json"],
      ["env", "unset", "B", "--verbose"], ["env", "rollback", "--json"], ["rollback", "--json"],
    ] {
      let ending = try scene.deploy(input: "\(canary) '\"$\n", words)
      said += ending.results + ending.reports
    }
    try scene.scratch.write("", to: "stop")
    #expect(watch.collect().text == "")
    #expect(said.contains("\"event\":\"env-version\"") && !said.contains(canary))
    let found = try scene.server("grep -rl \(canary) . ../../project ../../.local 2>/dev/null || :")
    let places = Set(found.split(separator: "\n").map(String.init))
    #expect(places.contains("./shared/.env") && places.contains("./.deploy/env/2/content"))
    #expect(
      places.allSatisfy {
        $0 == "./shared/.env" || $0.hasPrefix("./.deploy/env/") && $0.hasSuffix("/content")
      })
    #expect(try scene.server("cat shared/.env").contains("A=\"\(canary) '\\\"\\$\""))
  }
}

extension Scene {
  fileprivate func deploy(
    input: String, environment: [String: String] = [:], _ words: String...
  ) throws -> Ending { try deploy(input: input, environment: environment, words) }
}
