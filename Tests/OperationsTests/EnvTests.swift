import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("The environment file on a host", .serialized)
struct EnvTests {
  private func rig(_ shell: Shell, _ script: String = ":") throws -> Rig {
    let rig = try Rig(shell)
    try rig.sh("mkdir -p app/shared outside; echo canary >outside/canary; cd app; \(script)")
    return rig
  }

  private func digest(_ rig: Rig, of text: String) throws -> String {
    try rig.scratch.write(text, to: "text")
    return String(try rig.sh("sha256sum <text").prefix(64))
  }

  private func put(
    _ rig: Rig, _ text: String, over before: String?, file: String = ".env", user: Int? = nil
  ) async throws -> ProgramEnding {
    let new = try digest(rig, of: text)
    let old = try before.map { try digest(rig, of: $0) } ?? Operation.noEnv
    return try await rig.carryOut(
      [
        .putEnv(
          file, digest: old, content: Array(text.utf8), newDigest: new,
          record: #""file":"x","event":"set""#, summary: "")
      ], user: user)
  }

  private func contents(_ rig: Rig, _ operation: Operations.Operation) async throws -> String {
    let bytes = try await rig.ask(operation).events.flatMap { event -> [UInt8] in
      if case .entry(let line) = event { Escape.decode(line) ?? [] } else { [] }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private let modes = "find app/.deploy/env app/shared -printf '%P %y %m\n' | sort"

  @Test("a missing file is made for its owner alone, and so is its version", arguments: Shell.all)
  func makes(in shell: Shell) async throws {
    let rig = try rig(shell)
    let text = "# é\nA='x y'\nB=\"1\\n\n2\"\n\n"
    #expect(try await put(rig, text, over: nil).notes == ["env-version 1"])
    #expect(try rig.sh("cat app/shared/.env") == text)
    #expect(
      try rig.sh(modes)
        == " d 700\n d 755\n.env f 600\n1 d 700\n1/content f 600\n1/record f 600\n")
    #expect(try await contents(rig, .readEnv(".env")) == text)
    #expect(try await contents(rig, .readEnvVersion(1)) == text)
  }

  @Test("what stands there keeps its mode and owner, and becomes a version", arguments: Shell.all)
  func replaces(in shell: Shell) async throws {
    let rig = try rig(
      shell, "printf 'A=1\n' >shared/.env; chmod 640 shared/.env; chgrp 65534 shared/.env")
    let old = try digest(rig, of: "A=1\n")
    let record = #""file":".env","event":"found""#
    let kept = try await rig.carryOut([.keepEnv(".env", digest: old, record: record)])
    #expect(kept.notes == ["env-version 1"])
    #expect(try await put(rig, "A=2\n", over: "A=1\n").notes == ["env-version 2"])
    #expect(
      try rig.sh("stat -c '%a %g' app/shared/.env; cat app/shared/.env") == "640 65534\nA=2\n")
    #expect(try await contents(rig, .readEnvVersion(1)) == "A=1\n")
    let records = try rig.sh("cat app/.deploy/env/1/record").split(separator: ",")
    #expect(records.first == #"{"version":1"# && records.last == "\"event\":\"found\"}\n")
  }

  @Test("a file that changed since it was read is not replaced", arguments: Shell.all)
  func compares(in shell: Shell) async throws {
    let rig = try rig(shell, "echo theirs >shared/.env")
    for before in [nil, "A=1\n", ""] {
      let ending = try await put(rig, "ours\n", over: before)
      #expect(ending.refusal?.kind == "env-changed")
    }
    #expect(try rig.sh("cat app/shared/.env; ls app/.deploy/env 2>/dev/null || :") == "theirs\n")
    #expect(try await put(rig, "ours\n", over: "theirs\n").isFinished)
  }

  @Test(
    "a planted thing is refused by name, and nothing is followed", arguments: Shell.all,
    [
      ("ln -s ../../outside/canary shared/.env", ".env", "link"),
      ("ln -s gone shared/.env", ".env", "link"),
      ("mkdir shared/.env", ".env", "directory"), ("mkfifo shared/.env", ".env", "other"),
      ("ln -s ../../outside shared/config", "config/.env", "link"),
      (": >shared/config", "config/.env", "file"),
      ("mkdir .deploy; ln -s ../../outside .deploy/env", ".env", "link"),
    ])
  func refuses(in shell: Shell, what: (script: String, file: String, kind: String)) async throws {
    let rig = try rig(shell, what.script)
    let list = "find outside app/shared -printf '%p %y %i %m %T@\n' | sort; cat outside/canary"
    let before = try rig.sh(list)
    let ending = try await put(rig, "A=1\n", over: nil, file: what.file)
    #expect(ending.refusal?.kind == "env-kind")
    #expect(ending.refusal?.exitCode == 17)
    #expect(ending.refusal?.fields.dropFirst().first == what.kind)
    #expect(try rig.sh(list) == before)
    if !what.script.contains(".deploy") {
      #expect(try await rig.ask(.readEnv(what.file)).refusal?.kind == "env-kind")
    }
  }

  @Test("an owner that cannot be kept is a reason to stop", arguments: Shell.all)
  func owner(in shell: Shell) async throws {
    let rig = try rig(
      shell, "echo A=1 >shared/.env; chmod 644 shared/.env; chown -R 65534 .; chown 0 shared/.env")
    try rig.sh("chmod 755 . app; chown 65534 .")
    let ending = try await put(rig, "A=2\n", over: "A=1\n", user: 65534)
    #expect(ending.refusal?.kind == "env-owner")
    #expect(ending.refusal?.exitCode == 19)
    #expect(try rig.sh("cat app/shared/.env; stat -c %U app/shared/.env") == "A=1\nroot\n")
    #expect(try rig.sh("ls -A app/shared; ls -A app/.deploy/env") == ".env\n")
    try rig.sh("chown 65534:65534 app/shared/.env")
    let again = try await put(rig, "A=2\n", over: "A=1\n", user: 65534)
    #expect(again.isFinished, "\(again)")
    #expect(try rig.sh("ls -A app/shared; ls -A app/.deploy/env") == ".env\n1\n")
  }

  @Test("numbers grow beyond nine", arguments: Shell.all)
  func numbers(in shell: Shell) async throws {
    let rig = try rig(
      shell, "mkdir -p .deploy/env/9 .deploy/env/10 .deploy/env/x1 .deploy/env/.new.dead")
    #expect(try await put(rig, "A=1\n", over: nil).notes == ["env-version 11"])
    #expect(try rig.sh("ls -A app/.deploy/env") == "10\n11\n9\nx1\n")
  }

  @Test("a survey tells names, and values of what it was asked about", arguments: Shell.all)
  func survey(in shell: Shell) async throws {
    let rig = try rig(
      shell,
      #"""
      printf '%s\n' 'A=canary' 'export APP_DEBUG="tr\"ue" # c' 'B="APP_ENV=x' 'C=2"' >shared/.env
      """#
    )
    let session = try await rig.session()
    let events = try await session.ask(
      .survey(shared: [], debugKeys: ["APP_DEBUG", "APP_ENV"])
    ).events
    await session.end()
    let env = try #require(SurveyReader.read(events).env)
    #expect(env.keys == ["A", "APP_DEBUG", "B"])
    #expect(env.asked == ["APP_DEBUG": "tr\"ue"])
    #expect(!"\(events)".contains("canary"))
    #expect(env.digest == String(try rig.sh("sha256sum <app/shared/.env").prefix(64)))
  }

  /// As in the tests of the Swift scanner.
  static let pieces = [
    "A", "B", "KEY", "=", "=", "=", "export ", " ", "\t", "'", "\"", "\\", "#", "\n", "\n", "\r\n",
    "$", "x y", "1", "`", "\u{feff}", "A=1\n", "B='2'\n", "C=\"3\n4\"\n", "# c\n",
  ]

  @Test("the host's scanner finds what ours finds, in random files", arguments: Shell.all)
  func agrees(in shell: Shell) async throws {
    let rig = try rig(shell)
    let session = try await rig.session()
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<60 {
      let text = (0..<Int.random(in: 0...25, using: &generator)).map { _ in
        Self.pieces.randomElement(using: &generator) ?? ""
      }.joined()
      try rig.scratch.write(text, to: "app/shared/.env")
      let state = SurveyReader.read(
        try await session.ask(.survey(shared: [], debugKeys: ["A", "KEY"])).events)
      let file = Dotenv(Array(text.utf8))
      let expected = HostState.EnvFile(
        file, digest: state.env?.digest ?? "", debugKeys: ["A", "KEY"])
      #expect(state.env?.keys == expected.keys, "\(text.debugDescription)")
      #expect(state.env?.asked == expected.asked, "\(text.debugDescription)")
    }
    await session.end()
  }
}
