import Operations
import Processes
import Remote
import TestSupport
import Testing

@Suite("The flip", .serialized)
struct FlipTests {
  @Test("points current at a release and tells it", arguments: Shell.all)
  func flips(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text])
    let ending = try await rig.carryOut([.flip(to: .first, expected: "")])
    #expect(ending.isFinished)
    #expect(ending.events.contains(.flipped(ReleaseID.first.text)))
    #expect(rig.current == "releases/\(ReleaseID.first)")
    #expect(try rig.sh("ls -A app | sort") == ".deploy\ncurrent\nreleases\nshared\n")
  }

  @Test("a current that moved meanwhile is left where it is", arguments: Shell.all)
  func moved(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text, ReleaseID.second.text], current: ReleaseID.second.text)
    try rig.journal("live", ReleaseID.second.text)
    let ending = try await rig.carryOut([.flip(to: .first, expected: "releases/other")])
    #expect(ending.refusal?.kind == "moved")
    #expect(ending.refusal?.exitCode == 17)
    #expect(ending.refusal?.fields == ["releases/\(ReleaseID.second)", "releases/other"])
    #expect(rig.current == "releases/\(ReleaseID.second)")
    #expect(rig.story == ["live \(ReleaseID.second)"])
  }

  @Test("a current that became a directory is refused", arguments: Shell.all)
  func directory(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text])
    let session = try await rig.session()
    #expect(try await session.carryOut([rig.enter()]).isFinished)
    try rig.sh("mkdir app/current; : >app/current/mine")
    let ending = try await session.carryOut([.flip(to: .first, expected: "")])
    #expect(ending.refusal?.kind == "layout")
    #expect(ending.refusal?.exitCode == 17)
    #expect(rig.exists("current/mine"))
    #expect(try rig.sh("ls -A app/current") == "mine\n")
    await session.end()
  }

  @Test("a release that is not there is refused", arguments: Shell.all)
  func missing(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text], current: ReleaseID.first.text)
    try rig.journal("live", ReleaseID.first.text)
    let ending = try await rig.carryOut([.flip(to: .second, expected: rig.current)])
    #expect(ending.refusal?.exitCode == 20)
    #expect(rig.current == "releases/\(ReleaseID.first)")
  }

  @Test(
    "of a thousand flips under a reader that never rests none fails a read",
    arguments: [Shell.dash, .busybox])
  func neverBroken(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text, ReleaseID.second.text], current: ReleaseID.first.text)
    try rig.journal("live", ReleaseID.first.text)
    try rig.scratch.write(
      """
      import os, sys
      reads = failures = 0
      while not os.path.exists("stop"):
          for _ in range(200):
              reads += 1
              try: open("app/current/name").close()
              except OSError: failures += 1
      print(reads, failures)
      """, to: "reader.py")
    try rig.sh("python3 reader.py >read 2>&1 </dev/null &")
    // The flip itself, without the sync that takes all of the time.
    let script = """
      settle_disk() { :; }; say() { :; }; encoded=; nonce=1; root=$1; flips=0
      while [ $flips -lt 250 ]; do
        op_flip \(ReleaseID.second) releases/\(ReleaseID.first)
        op_flip \(ReleaseID.first) releases/\(ReleaseID.second)
        flips=$((flips + 1))
      done
      """
    let result = try await Task.detached { [root = rig.root] in
      try Command(shell.words(shell.functions + "set -e\n" + script, [root])).run()
    }.value
    try rig.sh(": >stop")
    #expect(result.status == 0, "\(result.errorText)")
    try await waitUntil { try !rig.sh("cat read").isEmpty }
    let numbers = try rig.sh("cat read").dropLast().split(separator: " ").compactMap { Int($0) }
    #expect(numbers.count == 2 && numbers[0] > 1000)
    #expect(numbers.last == 0)
  }
}
