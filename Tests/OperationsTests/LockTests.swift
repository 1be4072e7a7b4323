import Operations
import Planning
import Processes
import Remote
import TestSupport
import Testing

@Suite("The lock", .serialized)
struct LockTests {
  /// Takes the lock, leaves a mark that must not be there already, waits, takes both away.
  private static let contend = """
    root=$1; nonce=$2; self=$$; since=0; holder=; complaint=
    mkdir -p "$root/.deploy/trash"
    turn=0
    while [ "$turn" -lt "$3" ]; do
      turn=$((turn + 1)) locked=no nonce=$2.$turn
      if ! take_lock "${4:-0}" >/dev/null; then echo refused >>"$root/log"; continue; fi
      mkdir "$root/inside" || echo TWO >>"$root/log"
      echo held >>"$root/log"
      rmdir "$root/inside"
      if [ "$turn" -lt "$3" ]; then exec 9>&-; rm -f "$root"/.deploy/lock.d/*; fi
    done
    """

  private func words(_ rig: Rig, _ name: String, turns: Int, wait: Int = 0) -> [String] {
    rig.shell.words(
      "\(rig.shell.functions)\nexec 3>/dev/null\n\(Self.contend)",
      [rig.root, name, "\(turns)", "\(wait)"])
  }

  @Test("never has two holders, however many want it", arguments: [Shell.dash, .bareBusybox])
  func contention(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.sh("mkdir -p app/.deploy/trash app/.deploy/lock.d")
    // One that is dead already, for all to bury at the same moment.
    try rig.sh("echo '999999 1 2' >app/.deploy/lock.d/owner.dead")
    let children = try (1...3).map { number in
      try Child.start(
        Command(words(rig, "n\(number)", turns: 50)), input: .null, output: .null, errors: .null)
    }
    await Task.detached { for child in children { _ = child.wait() } }.value
    let log = try rig.sh("sort app/log | uniq -c")
    #expect(!log.contains("TWO"), "\(log)")
    let held = try Int(rig.sh("grep -c held app/log").dropLast()) ?? 0
    #expect(held >= 50, "\(log)")
  }

  @Test("of an owner that was killed is taken over at once", arguments: Shell.all)
  func killed(in shell: Shell) async throws {
    let rig = try Rig(shell)
    for _ in 1...3 {
      let session = try await rig.session()
      #expect(try await session.carryOut([rig.enter()]).isFinished)
      try rig.sh("kill -KILL $(cut -d ' ' -f 1 app/.deploy/holder)")
      let began = ContinuousClock.now
      #expect(try await rig.carryOut([]).isFinished)
      #expect(began.duration(to: .now) < .seconds(10))
      await session.end()
    }
  }

  @Test("is not held by another process that was given its owner's number", .timeLimit(.minutes(1)))
  func reuse() async throws {
    let rig = try Rig(.bareBusybox)
    try rig.sh(
      "mkdir -p app/.deploy/lock.d; boot=$(cat /proc/sys/kernel/random/boot_id)\n"
        + "echo \"1 4242424242 $boot\" >app/.deploy/lock.d/owner.old")
    #expect(try await rig.carryOut([]).isFinished)
    try await waitUntil { !rig.exists(".deploy/lock.d") }
    // The same number with its real start time is alive, and stays.
    try rig.sh(
      """
      mkdir -p app/.deploy/lock.d; boot=$(cat /proc/sys/kernel/random/boot_id)
      rm -f app/.deploy/lock.d/*
      began=$(sed 's/.*) //' /proc/1/stat | cut -d ' ' -f 20)
      echo "1 $began $boot" >app/.deploy/lock.d/owner.one
      """)
    #expect(try await rig.carryOut([]).refusal?.kind == "locked")
    try rig.sh("sed -i 's/ [^ ]*$/ another-boot/' app/.deploy/lock.d/owner.one")
    #expect(try await rig.carryOut([]).isFinished)
  }
}
