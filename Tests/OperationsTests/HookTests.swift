import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("A hook", .serialized)
struct HookTests {
  func rig(_ shell: Shell) throws -> Rig {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text], current: ReleaseID.first.text)
    try rig.journal("live", ReleaseID.first.text)
    return rig
  }

  @discardableResult
  func run(
    _ command: String, limit: Int = 30, in rig: Rig, surroundings: Surroundings = .plain
  ) async throws -> ProgramEnding {
    try await rig.carryOut([.hook(command, limit: limit, in: .first)], surroundings: surroundings)
  }

  @Test("runs in its release with an environment of five known names", arguments: Shell.all)
  func environment(in shell: Shell) async throws {
    let rig = try rig(shell)
    let odd = Surroundings(
      "odd",
      [
        "HOME": "/home/x", "LD_PRELOAD": "", "ENV": "/x", "BASH_ENV": "/x", "GIT_DIR": "/x",
        "SECRET": "x", "LANG": "tr_TR.UTF-8",
      ])
    let ending = try await run("pwd; cat name; echo; env | sort", in: rig, surroundings: odd)
    #expect(ending.isFinished)
    let names = ["DEPLOY_RELEASE", "DEPLOY_ROOT", "HOME", "LANG", "PATH", "USER"]
    let known = ending.output.dropFirst(2).map { String($0.prefix { $0 != "=" }) }
    #expect(known.filter { !["PWD", "SHLVL", "_", "OLDPWD"].contains($0) } == names)
    #expect(ending.output.first == "\(rig.root)/releases/\(ReleaseID.first)")
    #expect(ending.output.dropFirst().first == ReleaseID.first.text)
    #expect(ending.output.contains("HOME=/home/x"))
    #expect(ending.output.contains("DEPLOY_ROOT=\(rig.root)"))
  }

  @Test("its exit code is told", arguments: Shell.all, [1, 2, 77, 124, 137, 143, 255])
  func exitCode(in shell: Shell, code: Int) async throws {
    let rig = try rig(shell)
    let ending = try await run("echo before; exit \(code)", in: rig)
    #expect(ending.ending == .stopped(2))
    #expect(ending.refusal?.exitCode == 13)
    #expect(ending.refusal?.kind == "hook")
    #expect(ending.refusal?.fields == ["echo before; exit \(code)", "\(code)"])
    #expect(ending.output == ["before"])
    #expect(!rig.exists(".deploy/ops/hook.x"))
    #expect(try rig.sh("ls -A app/.deploy/ops").isEmpty)
  }

  @Test("quotes, globs and newlines of a command reach its shell as they are", arguments: Shell.all)
  func quoting(in shell: Shell) async throws {
    let rig = try rig(shell)
    let ending = try await run(
      #"printf '%s|' "a  b" '$HOME' "*" \\ "é" '-n'"# + "\n echo end", in: rig)
    #expect(ending.output == [#"a  b|$HOME|*|\|é|-n|end"#])
  }

  @Test("what it prints arrives while it runs, errors among it", arguments: Shell.all)
  func streams(in shell: Shell) async throws {
    let rig = try rig(shell)
    try rig.sh("mkfifo app/go")
    let session = try await rig.session()
    _ = try await session.start([
      rig.enter(),
      .hook("echo one; echo two >&2; read x <\(rig.root)/go; echo $x", limit: 30, in: .first),
    ])
    var lines: [String] = []
    while lines.count < 3 {
      if case .output(let bytes) = try await session.event(within: .seconds(20)) {
        lines.append(String(decoding: bytes, as: UTF8.self))
        if lines.count == 2 { try rig.sh("echo three >app/go") }
      }
    }
    #expect(lines == ["one", "two", "three"])
    await session.end()
  }

  @Test("a time limit ends it and all that it started", arguments: Shell.all)
  func timeout(in shell: Shell) async throws {
    let rig = try rig(shell)
    let began = ContinuousClock.now
    let ending = try await run(
      "sh -c 'echo $$ >\(rig.root)/grandchild; sleep 300' & echo here; sleep 300", limit: 1, in: rig
    )
    #expect(began.duration(to: .now) < .seconds(9))
    #expect(ending.refusal?.kind == "hook-timeout")
    #expect(ending.refusal?.exitCode == 13)
    #expect(ending.refusal?.fields.last == "1")
    #expect(ending.output == ["here"])
    try await waitUntil { try !rig.isAlive("grandchild") }
  }

  @Test("a hook that ignores TERM is killed ten seconds later", arguments: Shell.all)
  func stubborn(in shell: Shell) async throws {
    let rig = try rig(shell)
    let began = ContinuousClock.now
    let ending = try await run(
      "trap '' TERM; echo $$ >\(rig.root)/pid; while :; do sleep 1; done", limit: 1, in: rig)
    let seconds = began.duration(to: .now) / .seconds(1)
    #expect(seconds > 9 && seconds < 22)
    #expect(ending.refusal?.kind == "hook-timeout")
    try await waitUntil { try !rig.isAlive("pid") }
  }

  @Test("more than a megabyte of output is dropped, and the hook goes on", arguments: Shell.all)
  func flood(in shell: Shell) async throws {
    let rig = try rig(shell)
    let ending = try await run("yes 0123456789abcde | head -c 5000000; : >done", in: rig)
    #expect(ending.isFinished)
    let bytes = ending.output.reduce(0) { $0 + $1.utf8.count + 1 }
    #expect(bytes > 1_000_000 && bytes <= 1_048_577)
    #expect(rig.exists("releases/\(ReleaseID.first)/done"))
  }

  @Test("output without a newline, or of bytes that are no text, is one line", arguments: Shell.all)
  func oddOutput(in shell: Shell) async throws {
    let rig = try rig(shell)
    let ending = try await run(#"printf 'a\377\033[31m\r\n \036x ended 2 0\nlast'"#, in: rig)
    let lines = ending.events.compactMap { if case .output(let bytes) = $0 { bytes } else { nil } }
    #expect(lines.first == [0x61, 0xff, 0x1b] + Array("[31m\r".utf8))
    #expect(lines.dropFirst() == [Array(" \u{1e}x ended 2 0".utf8), Array("last".utf8)])
  }

  @Test(
    "a daemon that it leaves behind keeps neither the session nor the lock", arguments: Shell.all)
  func daemon(in shell: Shell) async throws {
    let rig = try rig(shell)
    // One holds the hook's output open, the other every descriptor that it was given.
    let command = """
      sleep 60 & echo $! >\(rig.root)/pids
      sleep 60 >/dev/null 2>&1 & echo $! >>\(rig.root)/pids; echo started
      """
    let began = ContinuousClock.now
    let ending = try await run(command, in: rig)
    #expect(ending.isFinished)
    #expect(ending.output == ["started"])
    #expect(began.duration(to: .now) < .seconds(15))
    #expect(try await rig.survey().holder == nil)
    #expect(try await rig.carryOut([]).isFinished)
    try rig.sh("kill $(cat app/pids)")
  }

  @Test("finds signals as a program expects them, before and after the flip", arguments: Shell.all)
  func signals(in shell: Shell) async throws {
    let rig = try rig(shell)
    try rig.lay([ReleaseID.second.text])
    let hook = Operation.hook(
      "sleep 60 & kill -TERM $!; wait $!; echo $?; sh -c 'kill -PIPE $$'; echo $?; sh -c 'kill -HUP $$'; echo $?",
      limit: 30, in: .first)
    let ending = try await rig.carryOut([
      hook, .flip(to: .second, expected: rig.current), hook, .record(.second, from: "", more: ""),
    ])
    #expect(ending.isFinished)
    let numbers = ending.output.filter { $0.allSatisfy(\.isNumber) }
    #expect(numbers == ["143", "141", "129", "143", "141", "129"])
  }

  @Test("a client that goes away before the flip takes the hook with it", arguments: Shell.all)
  func clientGone(in shell: Shell) async throws {
    let rig = try rig(shell)
    let session = try await rig.session()
    _ = try await session.start([
      rig.enter(), .hook("echo $$ >\(rig.root)/pid; echo up; sleep 100", limit: 120, in: .first),
    ])
    while try await session.event(within: .seconds(20)) != .output(Array("up".utf8)) {}
    await session.end()
    try await waitUntil(.seconds(5)) {
      try !rig.isAlive("pid")
    }
    try await waitUntil(.seconds(5)) { try await rig.carryOut([]).isFinished }
  }

  @Test(
    "the next session waits for the hook of an agent that was killed, and not for its session",
    arguments: [
      Shell.dash, .bash, .busybox,
    ])
  func agentKilled(in shell: Shell) async throws {
    let rig = try rig(shell)
    let session = try await rig.session()
    _ = try await session.start([
      rig.enter(), .hook("echo up; sleep 8", limit: 120, in: .first),
    ])
    while try await session.event(within: .seconds(20)) != .output(Array("up".utf8)) {}
    try rig.sh("kill -KILL $(cut -d ' ' -f 1 app/.deploy/holder)")
    let next = try await rig.carryOut([])
    #expect(next.isFinished)
    #expect(next.events.contains(.waiting))
    await session.end()
  }
}
