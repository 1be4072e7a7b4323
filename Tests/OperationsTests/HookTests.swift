import Glibc
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

  // MARK: What a hook may be told

  @Test("nothing of the server's environment reaches it", arguments: Shell.all)
  func smuggling(in shell: Shell) async throws {
    let rig = try rig(shell)
    try rig.scratch.write("echo poison; exit 9", to: "poison")
    let poison = "\(rig.scratch.path)/poison"
    let odd = Surroundings(
      "smuggling",
      [
        "BASH_ENV": poison, "ENV": poison, "IFS": "/e", "LD_PRELOAD": "", "GIT_DIR": "/x",
        "GIT_SSH_COMMAND": poison, "GIT_CONFIG_COUNT": "1", "PYTHONPATH": "/x", "PERL5OPT": "-x",
        "SHELLOPTS": "xtrace", "PS4": "$(\(poison))", "CDPATH": "/", "POSIXLY_CORRECT": "1",
      ])
    var call = HookCall("env | cut -d = -f 1 | sort; set -- a/b; echo $1", limit: 30, in: .first)
    call.variables = [("DEPLOY_STAGE", "production")]
    let ending = try await rig.carryOut([.hook(call)], surroundings: odd)
    let own: Set = [
      "DEPLOY_RELEASE", "DEPLOY_ROOT", "DEPLOY_STAGE", "HOME", "LANG", "PATH", "USER", "a/b",
    ]
    #expect(Set(ending.output).subtracting(["PWD", "SHLVL", "_", "OLDPWD"]) == own)
  }

  @Test(
    "its variables arrive as they are written, and no argument shows them", arguments: Shell.all)
  func variables(in shell: Shell) async throws {
    let rig = try rig(shell)
    var call = HookCall(
      #"printf '%s|' "$A" "$B" "$EMPTY" "$C"; tr '\0' ' ' </proc/$$/cmdline >>all; "#
        + #"tr '\0' ' ' </proc/$PPID/cmdline >>all; ps -ef >>all 2>/dev/null || ps >>all; grep -c 'se'cret all"#,
      limit: 30, in: .first)
    call.variables = [
      ("A", "a  'b' \"c\" $HOME `id` \\0101 %s"), ("B", "one\ntwo\n"), ("EMPTY", ""),
      ("C", "secret"),
    ]
    let ending = try await rig.carryOut([.hook(call)])
    let text = ending.output.joined(separator: "\n")
    #expect(text == "a  'b' \"c\" $HOME `id` \\0101 %s|one\ntwo\n||secret|0", "\(ending)")
  }

  @Test("it runs in the directory that it names, if that is there", arguments: Shell.all)
  func directory(in shell: Shell) async throws {
    let rig = try rig(shell)
    try rig.sh("mkdir -p 'app/releases/\(ReleaseID.first)/a b'")
    var call = HookCall("pwd", limit: 30, in: .first)
    call.directory = "a b"
    let ending = try await rig.carryOut([.hook(call)])
    #expect(ending.output == ["\(rig.root)/releases/\(ReleaseID.first)/a b"])
    call.directory = "missing"
    let refused = try await rig.carryOut([.hook(call)])
    #expect(refused.refusal?.kind == "hook-directory")
    #expect(refused.refusal?.exitCode == 13)
  }

  @Test(
    "a script is a file that only its user may run, and it is gone afterwards", arguments: Shell.all
  )
  func script(in shell: Shell) async throws {
    let rig = try rig(shell)
    var call = HookCall("deploy/seed.sh", limit: 30, in: .first)
    let text = "#!/bin/sh\nstat -c %a \"$0\"\npwd\nprintf '%s\\n' 'it''s \\0101 %s'\nexit $CODE\n"
    call.script = Array(text.utf8)
    call.variables = [("CODE", "7")]
    let ending = try await rig.carryOut([.hook(call)])
    #expect(
      ending.output == ["700", "\(rig.root)/releases/\(ReleaseID.first)", "its \\0101 %s"])
    #expect(ending.refusal?.fields == ["deploy/seed.sh", "7"])
    #expect(try rig.sh("ls -A app/.deploy/ops").isEmpty)
  }

  @Test(
    "another user runs it with a home of its own, and its time limit holds",
    arguments: [Shell.dash, .bash, .busybox])
  func anotherUser(in shell: Shell) async throws {
    guard getuid() == 0 else { return }
    let rig = try rig(shell)
    try rig.sh("chmod 755 .")
    var call = HookCall(
      "id -un; echo $USER; echo $HOME; echo $GREETING; pwd", limit: 30, in: .first)
    call.user = "www-data"
    call.variables = [("GREETING", "it's \"me\"")]
    let ending = try await rig.carryOut([.hook(call)])
    #expect(
      ending.output == [
        "www-data", "www-data", "/var/www", "it's \"me\"",
        "\(rig.root)/releases/\(ReleaseID.first)",
      ])
    call.script = Array("#!/bin/sh\nid -un\n".utf8)
    #expect(try await rig.carryOut([.hook(call)]).output == ["www-data"])
    call.script = nil
    call.label = "echo $$; exec sleep 100"
    call.limit = 1
    let late = try await rig.carryOut([.hook(call)])
    #expect(late.refusal?.kind == "hook-timeout")
    let pid = late.output.first ?? "1"
    try await waitUntil { try rig.sh("ps -o stat= -p \(pid) | grep -vc Z || :") == "0\n" }
  }

  @Test(
    "without root, sudo is asked for another user, and never for a password",
    arguments: [Shell.dash, .bash, .busybox])
  func sudo(in shell: Shell) async throws {
    let rig = try rig(shell)
    try rig.fake(
      "sudo",
      #"printf '%s\n' "$*" >>"$0.said"; while [ "$1" != -- ]; do shift; done; shift; exec "$@""#)
    try rig.sh("chown -R 65534:65534 app bin; chmod 755 .")
    var call = HookCall("echo here; echo $A", limit: 30, in: .first)
    call.user = "www-data"
    call.variables = [("A", "b")]
    let ending = try await rig.carryOut(
      [.hook(call)], surroundings: rig.withFakes, user: 65534)
    #expect(ending.output == ["here", "b"], "\(ending)")
    #expect(try rig.sh("cat bin/sudo.said").hasPrefix("-n -H -u www-data -- "))
  }

  @Test("one that is not required is told of, and the program goes on", arguments: Shell.all)
  func optional(in shell: Shell) async throws {
    let rig = try rig(shell)
    try rig.lay([ReleaseID.second.text])
    var call = HookCall("echo why; exit 3", limit: 1, in: .second)
    call.isRequired = false
    var slow = call
    slow.label = "exec sleep 50"
    let ending = try await rig.carryOut([
      .flip(to: .second, expected: rig.current), .hook(call), .hook(slow),
      .record(.second, from: "", more: ""),
    ])
    #expect(ending.isFinished)
    #expect(ending.notes == ["hook-failed echo why; exit 3 3", "hook-failed exec sleep 50 late"])
    #expect(rig.current == "releases/\(ReleaseID.second)")
  }

  @Test("that it ran is in the ledger, when somebody will ask", arguments: Shell.all)
  func remembered(in shell: Shell) async throws {
    let rig = try rig(shell)
    var call = HookCall("echo \"it's\"", limit: 30, in: .first)
    call.members = #""key":"echo \"it's\"","once":"ever""#
    var bad = call
    bad.label = "exit 1"
    #expect(try await rig.carryOut([.hook(call), .hook(bad)]).ending == .stopped(3))
    #expect(rig.story.suffix(1) == ["ran \(ReleaseID.first)"])
    #expect(rig.ledger.last?.key == #"echo "it's""#)
    #expect(rig.ledger.last?.once == "ever")
    let state = try await rig.survey()
    #expect(state.live?.id == .first)
    #expect(state.ledger == rig.ledger)
  }

  // MARK: When something failed

  private func after(_ failing: [Operations.Operation], in rig: Rig, _ command: String) async throws
    -> ProgramEnding
  {
    var call = HookCall(command, limit: 2, in: .second)
    call.variables = [("DEPLOY_PREVIOUS", "before")]
    return try await rig.carryOut([.onFailure(call)] + failing)
  }

  @Test("on_failure runs after the agent went back, in the live release", arguments: Shell.all)
  func aftermath(in shell: Shell) async throws {
    let rig = try rig(shell)
    try rig.lay([ReleaseID.second.text])
    let ending = try await after(
      [.flip(to: .second, expected: rig.current), .hook("exit 9", limit: 20, in: .second)], in: rig,
      "cat name; echo; echo $DEPLOY_RELEASE $DEPLOY_PREVIOUS; readlink $DEPLOY_ROOT/current")
    #expect(
      ending.output == [
        ReleaseID.first.text, "\(ReleaseID.second) before", "releases/\(ReleaseID.first)",
      ])
    #expect(ending.refusal?.kind == "hook")
    #expect(ending.ending == .stopped(4))
  }

  @Test(
    "on_failure runs where the agent gave up, and what becomes of it changes nothing",
    arguments: Shell.all, ["exit 3", "exec sleep 50", "true"])
  func aftermathFails(in shell: Shell, command: String) async throws {
    let rig = try rig(shell)
    let ending = try await after([.hook("exit 9", limit: 20, in: .first)], in: rig, command)
    #expect(ending.ending == .stopped(3))
    #expect(ending.refusal?.fields == ["exit 9", "9"])
    let notes = ["exit 3": "exit 3 3", "exec sleep 50": "exec sleep 50 late"]
    #expect(ending.notes == notes[command].map { ["aftermath-failed \($0)"] } ?? [])
    #expect(try await rig.carryOut([]).isFinished)
    #expect(try rig.sh("ls -A app/.deploy/ops").isEmpty)
  }

  @Test(
    "on_failure does not run when nothing failed, or when the plan is made anew",
    arguments: Shell.all)
  func noAftermath(in shell: Shell) async throws {
    let rig = try rig(shell)
    let ending = try await after([.hook("true", limit: 20, in: .first)], in: rig, "echo no")
    #expect(ending.isFinished && ending.output.isEmpty)
    let entry = rig.enter(head: String(repeating: "1", count: 64))
    let changed = try await rig.carryOut(
      [.onFailure(HookCall("echo no", limit: 9, in: .first))], entering: entry)
    #expect(changed.refusal?.kind == "changed")
    #expect(changed.output.isEmpty)
  }

  @Test("a gigabyte of output is bounded, and its end is waited for", arguments: [Shell.dash])
  func gigabyte(in shell: Shell) async throws {
    let rig = try rig(shell)
    let ending = try await run("yes 0123456789abcde | head -c 1000000000", limit: 120, in: rig)
    let isFinished = ending.isFinished
    let bytes = ending.output.reduce(0) { $0 + $1.utf8.count + 1 }
    #expect(isFinished)
    #expect(bytes <= 1_048_577)
  }
}
