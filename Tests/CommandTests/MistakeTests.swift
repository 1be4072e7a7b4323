import Foundation
import Glibc
import Processes
import TestSupport
import Testing

@testable import deploy

/// Something a user gets wrong, and what the tool answers. The table below is the documentation.
struct Mistake: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var code: Int32
  /// Part of the first line.
  var why: String
  /// Part of the line that says what to do.
  var next: String
  /// Brings it about.
  var happen: @Sendable (Scene) async throws -> Scene.Ending

  init(
    _ name: String, _ code: Int32, _ why: String, next: String,
    _ happen: @escaping @Sendable (Scene) async throws -> Scene.Ending
  ) {
    testDescription = name
    self.code = code
    self.why = why
    self.next = next
    self.happen = happen
  }
}

@Suite("Every mistake")
struct MistakeTests {
  static let table: [Mistake] = [
    // What is typed.
    Mistake(
      "a command that does not exist", 2, "unknown command \"pusch\"", next: "`deploy push`"
    ) { await $0.deploy("pusch") },
    Mistake(
      "an option that does not exist", 2, "unknown option \"--focre\" of `deploy push`",
      next: "\"--force\""
    ) { await $0.deploy("push", "--focre") },
    Mistake(
      "a value that is none", 2, "expected a duration such as 90s", next: "`deploy help`"
    ) { await $0.deploy("push", "--wait", "soon") },
    Mistake("an unknown host", 2, "the stage has no host 'web9'", next: "web1") {
      await $0.deploy("run", "--host", "web9", "--", "true")
    },
    Mistake("an unknown role", 2, "no host has the role 'cache'", next: "roles") {
      await $0.deploy("run", "--role", "cache", "--", "true")
    },
    Mistake("logs without a name", 2, "no log files are named", next: "\"logs\"") {
      await $0.deploy("logs")
    },

    // What is configured.
    Mistake("no deploy.json", 2, "deploy.json", next: "run it again") {
      await $0.deploy("push", "--config", "\($0.project)/nowhere/deploy.json")
    },
    Mistake("an unknown key", 2, "nearest valid key 'hosts'", next: "`deploy schema`") {
      try $0.configure(["hosst": "[]"])
      return await $0.deploy("push")
    },
    Mistake("a deploy.json that is there already", 2, "is here already", next: "edit it") {
      await $0.deploy("init")
    },
    Mistake("a git ref that is missing", 2, "nope", next: "git") {
      _ = try $0.scratch.repository("project")
      try $0.scratch.commit("first", in: $0.project)
      try $0.configure(["source": #"{ "git": "nope" }"#])
      return await $0.deploy("push")
    },

    // How the host is.
    Mistake(
      "`current` is a directory", 17, "current is a directory, not a link; nothing was changed",
      next: "`deploy adopt`"
    ) {
      try $0.server("mkdir current")
      return await $0.deploy("push")
    },
    Mistake(
      "a required file is missing", 12, "shared/.env is required and missing", next: "put it at"
    ) {
      try $0.configure(["shared": #"{ "files": [".env"] }"#])
      return await $0.deploy("push")
    },
    Mistake("another session holds the lock", 11, "locked by ann@laptop: push 1", next: "--wait") {
      scene in
      try await scene.locked { await scene.deploy("push") }
    },
    Mistake("nothing to go back to", 18, "no release to go back to", next: "`deploy history`") {
      _ = await $0.deploy("push")
      return await $0.deploy("rollback")
    },
    Mistake(
      "a release that is not there", 18, "no release '20200101-000000'", next: "`deploy status`"
    ) {
      _ = await $0.deploy("push")
      return await $0.deploy("rollback", "--to", "20200101-000000")
    },
    Mistake(
      "a release that lost a file", 20, "1 of the files of releases/", next: "--accept-drift"
    ) {
      _ = await $0.deploy("push")
      try $0.server("rm current/index.php")
      try $0.scratch.write("v2\n", to: "project/index.php")
      _ = await $0.deploy("push")
      return await $0.deploy("rollback")
    },
    Mistake("a hook that fails", 13, "hook \"exit 7\" exited 7", next: "correct the hook") {
      try $0.configure(["hooks": #"{ "before_flip": ["exit 7"] }"#])
      return await $0.deploy("push")
    },
    Mistake(
      "a build tool that is not here", 12, "exited 127", next: "or set \"build\": [] in deploy.json"
    ) {
      try $0.configure(["build": #"["composer-that-nobody-has install"]"#])
      return await $0.deploy("push")
    },
    Mistake("a key file that is missing", 2, "`ssh.identity` in deploy.json", next: "correct it") {
      let server = try SSHServer()
      defer { server.stop() }
      try $0.reach(server, identity: "/nowhere/key")
      return await $0.deploy("status")
    },
    Mistake("nothing was adopted", 18, "nothing was adopted here", next: "`deploy history`") {
      await $0.deploy("adopt", "--undo", "--yes")
    },
    Mistake("a command where nothing is live", 17, "no release is live here", next: "`deploy push`")
    {
      await $0.deploy("run", "--", "true")
    },
    Mistake("things to mend", 17, "one thing is to be mended", next: "`deploy check` again") {
      try $0.server("mkdir current")
      return await $0.deploy("check")
    },

    // How the host is reached.
    Mistake(
      "a host that refuses connections", 10, "cannot connect to 127.0.0.1", next: "`ssh -p "
    ) {
      try $0.reach(port: Scratch.freePort())
      return await $0.deploy("status")
    },
    Mistake("a key that the host does not know", 10, "accepts no key", next: "authorized_keys") {
      let server = try SSHServer()
      defer { server.stop() }
      try $0.reach(server, identity: $0.key().path)
      return await $0.deploy("status")
    },
    Mistake("a host that nobody knows", 10, "is in no known_hosts file", next: "`deploy trust`") {
      let server = try SSHServer()
      defer { server.stop() }
      try $0.reach(server, knownHosts: "")
      return await $0.deploy("status")
    },
    Mistake("a host key that changed", 10, "is known by another key", next: "`deploy trust`") {
      let server = try SSHServer()
      defer { server.stop() }
      try $0.reach(server, knownHosts: "[127.0.0.1]:\(server.port) \($0.key().publicLine)\n")
      return await $0.deploy("status")
    },
    Mistake(
      "a pin that does not fit", 10, "not the key that the configuration names", next: "trust"
    ) {
      let server = try SSHServer()
      defer { server.stop() }
      try $0.reach(server, pin: try $0.key().fingerprint())
      return await $0.deploy("status")
    },
    Mistake("trust without anybody to look", 10, "nobody is here to compare", next: "--fingerprint")
    {
      let server = try SSHServer()
      defer { server.stop() }
      try $0.reach(server, knownHosts: "")
      return await $0.deploy("trust")
    },
    Mistake("trust in a changed key", 10, "it is known by another key", next: "ssh-keygen -R") {
      let server = try SSHServer()
      defer { server.stop() }
      try $0.reach(server, knownHosts: "[127.0.0.1]:\(server.port) \($0.key().publicLine)\n")
      return await $0.deploy("trust")
    },
  ]

  @Test("says why, what is live and what to do, and exits with its code", arguments: table)
  func report(mistake: Mistake) async throws {
    let scene = try Scene()
    let ending = try await mistake.happen(scene)
    let report = ending.reports
    #expect(ending.status == mistake.code, "\(report)")
    let first = ending.lines.first { $0.hasPrefix("error[\(mistake.code)] ") }
    #expect(first?.contains(mistake.why) == true, "\(report)")
    #expect(ending.lines.contains { $0.hasPrefix("  live:  ") }, "\(report)")
    let next = ending.lines.first { $0.hasPrefix("  next:  ") }
    #expect(next?.contains(mistake.next) == true, "\(report)")
  }

  @Test("a directory that the user may not write ends with 19 and the command that helps")
  func unwritable() async throws {
    let scene = try Scene()
    // A server on which everybody is nobody; without root there is another one at hand.
    let wrapper = "\(scene.scratch.path)/nobody"
    try Scratch.write(
      """
      #!/bin/sh
      exec setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "$SSH_ORIGINAL_COMMAND"

      """, to: wrapper, mode: 0o755)
    try scene.scratch.run(["chmod", "755", scene.scratch.path, "\(scene.scratch.path)/srv"])
    if getuid() != 0 { try scene.scratch.run(["chmod", "555", "\(scene.scratch.path)/srv"]) }
    let key = try scene.key()
    let server = try SSHServer(
      .init(authorizedKeys: [key.publicLine], wrapper: getuid() == 0 ? wrapper : nil))
    defer { server.stop() }
    try scene.reach(server, identity: key.path)
    let ending = await scene.deploy("push")
    #expect(ending.status == 19, "\(ending.reports)")
    #expect(ending.reports.contains("error[19] host 127.0.0.1, plan: permission denied: "))
    #expect(ending.reports.contains("  live:  nothing yet, unchanged"))
    #expect(
      ending.reports.contains("  next:  on the host: sudo mkdir -p \(scene.root) && sudo chown "))
    let check = await scene.deploy("check")
    #expect(check.status == 17, "\(check.reports)")
    #expect(check.results.contains("fix: sudo mkdir -p \(scene.root) && sudo chown "))
  }
}

extension Scene {
  /// A key of the user's.
  func key() throws -> SSHServerKey {
    try SSHServerKey.make(.ed25519, at: "\(scratch.path)/key")
  }

  /// Points deploy.json at a server of this machine; known_hosts knows it unless told otherwise.
  func reach(
    _ server: SSHServer, identity: String? = nil, knownHosts: String? = nil, pin: String? = nil
  ) throws {
    try scratch.write(knownHosts ?? server.knownHosts(), to: "known_hosts")
    try reach(port: server.port, identity: identity, pin: pin)
  }

  func reach(port: Int, identity: String? = nil, pin: String? = nil) throws {
    var ssh = [#""known_hosts": "\#(scratch.path)/known_hosts""#]
    if let identity { ssh.append(#""identity": "\#(identity)""#) }
    var changes = [
      "hosts": #"[{ "host": "127.0.0.1", "port": \#(port) }]"#,
      "ssh": "{ \(ssh.joined(separator: ", ")) }",
    ]
    if let pin { changes["host_key"] = "\"\(pin)\"" }
    try configure(changes)
  }

  /// While a process that is alive holds the lock, as a session of ann's.
  func locked(_ work: () async throws -> Ending) async throws -> Ending {
    try server("mkdir -p .deploy releases shared; : >.deploy/lock")
    let holder = try Child.start(
      Command(["sh", "-c", "exec 9>>'\(root)/.deploy/lock'; flock 9; echo; exec sleep 60"]),
      input: .null, output: .pipe, errors: .null, ownSession: true)
    defer {
      kill(-holder.pid, SIGKILL)
      close(holder.output)
      _ = holder.wait()
    }
    var byte: UInt8 = 0
    _ = read(holder.output, &byte, 1)
    try server(
      "printf '%s\\n' '\(holder.pid) 1 hook =ann@laptop:\\0040push\\00401' >.deploy/holder")
    return try await work()
  }
}
