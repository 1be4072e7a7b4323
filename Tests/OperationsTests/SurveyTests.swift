import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("The survey", .serialized)
struct SurveyTests {
  @Test("a root that is missing is told apart and not made", arguments: Shell.all)
  func missing(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let state = try await rig.survey()
    #expect(state.root == .missing)
    #expect(state.current == .missing)
    #expect(state.nearest == rig.scratch.path)
    #expect(state.isWritable)
    #expect(state.tools.isSuperset(of: ["tar", "sha256sum", "stat", "find", "sort", "xargs"]))
    #expect(state.tools.contains("flock") == (shell != .bareBusybox))
    #expect(state.algorithm == (shell == .bareBusybox ? .sha256 : .blake2b256))
    #expect(!rig.exists(""))
  }

  @Test("a root that this user cannot write is told apart", arguments: Shell.all)
  func unwritable(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.sh("chmod 755 .; mkdir app; chmod 755 app")
    let state = try await rig.survey(user: 65534)
    #expect(!state.isWritable)
    #expect(state.nearest == rig.root)
    #expect(state.nearestMode == "755")
    #expect(state.nearestOwner == "root")
  }

  @Test("a plain application is read in full", arguments: Shell.all)
  func plain(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try await rig.push(.first)
    try await rig.push(.second, "echo two >one")
    // Without flock, the lock is put away when the session hangs up.
    try await waitUntil { !rig.exists(".deploy/lock.d") }
    try rig.sh("mkdir -p app/shared/storage; : >app/shared/.env; ln -s /tmp app/shared/out")
    let before = try rig.sh("find app -printf '%p %T@ %i\n' | sort")
    let state = try await rig.survey(shared: ["storage", ".env", "out", "none", "a b"])
    #expect(state.current == .link(target: "releases/\(ReleaseID.second)", isWhole: true))
    #expect(state.directories.map(\.name) == [ReleaseID.first.text, ReleaseID.second.text])
    #expect(state.directories.allSatisfy { $0.tree?.count == 64 && $0.algorithm == .sha256 })
    #expect(state.ledger.map(\.seq) == [1, 2, 3, 4])
    #expect(state.head == rig.head)
    #expect(
      state.shared == [
        "storage": .directory, ".env": .file, "out": .link, "none": .missing, "a b": .missing,
      ])
    #expect(state.holder == nil)
    #expect(state.trash == 0)
    #expect((state.freeKilobytes ?? 0) > 0)
    #expect(try rig.sh("find app -printf '%p %T@ %i\n' | sort") == before)
  }

  @Test("names in releases/ that are not ours arrive as they are", arguments: Shell.all)
  func oddNames(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let names = ["a b", "-rf", "*", "$(id)", "it's", "new\nline", "trailing ", "\u{1e}gone 0", "ü"]
    for name in names {
      try rig.scratch.run(["mkdir", "-p", "--", "app/releases/\(name)"])
    }
    try rig.sh("ln -s /etc app/releases/link; : >app/releases/file")
    let state = try await rig.survey()
    #expect(Set(state.directories.map(\.name)) == Set(names))
    #expect(state.releases.isEmpty)
    #expect(state.foreignNames.count == names.count)
  }

  @Test(
    "current is told as what it is",
    arguments: Shell.all,
    [
      ("ln -s releases/gone app/current", .link(target: "releases/gone", isWhole: false)),
      ("ln -s /etc/passwd app/current", .link(target: "/etc/passwd", isWhole: false)),
      ("ln -s /usr/share app/current", .link(target: "/usr/share", isWhole: true)),
      ("ln -s current app/current", .link(target: "current", isWhole: false)),
      ("mkdir app/current", .directory),
      (": >app/current", .other),
      ("mkfifo app/current", .other),
    ] as [(String, HostState.Current)])
  func current(in shell: Shell, what: (script: String, expected: HostState.Current)) async throws {
    let rig = try Rig(shell)
    try rig.sh("mkdir -p app/releases; \(what.script)")
    #expect(try await rig.survey().current == what.expected)
  }

  @Test(
    "a lock that is held names its holder, and a survey does not disturb it", arguments: Shell.all)
  func holder(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let session = try await rig.session()
    #expect(try await session.carryOut([rig.enter()]).isFinished)
    for _ in 1...3 {
      let holder = try #require(try await rig.survey().holder)
      #expect(holder.description == "ann@laptop: push 1")
      #expect(holder.phase == "enter")
    }
    await session.end()
    try await waitUntil { try await rig.survey().holder == nil }
  }
}

/// Waits for something that another process does soon.
func waitUntil(_ limit: Duration = .seconds(10), _ condition: () async throws -> Bool) async throws
{
  let end = ContinuousClock.now + limit
  while try await !condition() {
    guard .now < end else {
      Issue.record("did not happen within \(limit)")
      return
    }
    try await Task.sleep(for: .milliseconds(50))
  }
}
