import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("Pruning", .serialized)
struct PruneTests {
  private func rig(_ shell: Shell, _ script: String = ":") throws -> Rig {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text, ReleaseID.second.text], current: ReleaseID.second.text)
    try rig.journal("live", ReleaseID.first.text)
    try rig.journal("live", ReleaseID.second.text)
    try rig.sh(
      "mkdir outside; echo canary >outside/canary; cd app/releases/\(ReleaseID.first); \(script)")
    return rig
  }

  @Test(
    "a release goes, with its record, and the ledger says so", arguments: Shell.all,
    [Departure.retired, .swept])
  func goes(in shell: Shell, departure: Departure) async throws {
    let rig = try rig(shell)
    #expect(try await rig.carryOut([.prune([.first], as: departure)]).isFinished)
    #expect(!rig.exists("releases/\(ReleaseID.first)"))
    #expect(!rig.exists(".deploy/manifests/\(ReleaseID.first)"))
    #expect(rig.story.last == "\(departure.rawValue) \(ReleaseID.first)")
    #expect(try rig.sh("ls -A app/.deploy/trash").isEmpty)
    #expect(rig.exists("releases/\(ReleaseID.second)/name"))
  }

  @Test(
    "the live release stays, however current spells it", arguments: Shell.all,
    ["releases/", "./releases/", "/"])
  func live(in shell: Shell, prefix: String) async throws {
    let rig = try rig(shell)
    let start = prefix == "/" ? "\(rig.root)/releases/" : prefix
    try rig.sh("ln -sfn \(start)\(ReleaseID.second) app/current")
    let ending = try await rig.carryOut([.prune([.first, .second], as: .retired)])
    #expect(ending.isFinished)
    #expect(rig.exists("releases/\(ReleaseID.second)/name"))
    #expect(!rig.exists("releases/\(ReleaseID.first)"))
    #expect(!rig.story.contains("retired \(ReleaseID.second)"))
  }

  @Test("what is closed is opened, and what is a link is not followed", arguments: Shell.all)
  func closed(in shell: Shell) async throws {
    let rig = try rig(
      shell,
      """
      mkdir -p ro/deep/er closed/closed2/closed3; : >ro/deep/er/f; : >closed/closed2/closed3/f
      ln -s ../../../outside out; ln -s ../../../outside/canary file; ln -s / root
      chmod 555 ro/deep/er ro/deep ro; chmod 000 closed/closed2/closed3 closed/closed2 closed
      """)
    try rig.sh("chmod 755 .; chown -Rh 65534:65534 app; chmod 777 outside")
    let ending = try await rig.carryOut([.prune([.first], as: .retired)], user: 65534)
    #expect(ending.isFinished, "\(ending)")
    #expect(ending.notes.isEmpty)
    #expect(try rig.sh("ls -A app/.deploy/trash").isEmpty)
    #expect(
      try rig.sh("cat outside/canary; stat -c %a outside/canary outside") == "canary\n644\n777\n")
  }

  @Test("what belongs to another user waits in the trash and is counted", arguments: Shell.all)
  func foreign(in shell: Shell) async throws {
    let rig = try rig(shell, "mkdir cache; : >cache/f")
    try rig.sh(
      "chmod 755 .; chown -Rh 65534:65534 app; chown -R 0:0 app/releases/\(ReleaseID.first)/cache")
    let ending = try await rig.carryOut([.prune([.first], as: .retired)], user: 65534)
    #expect(ending.isFinished, "\(ending)")
    #expect(ending.notes == ["trash 1"])
    #expect(!rig.exists("releases/\(ReleaseID.first)"))
    #expect(try await rig.survey(user: 65534).trash == 1)
    // The next session tells it again and fails no more than this one.
    #expect(try await rig.carryOut([], user: 65534).notes == ["trash 1"])
  }

  @Test(
    "what old workers wrote is harvested first, and what cannot be harvested stays",
    arguments: Shell.all, [false, true])
  func harvests(in shell: Shell, isPlanted: Bool) async throws {
    let rig = try rig(shell, "mkdir -p public; echo 1 >public/late")
    try rig.sh("cd app/.deploy/manifests; for id in *; do echo ready >$id/ready; done")
    if isPlanted { try rig.sh("ln -s ../../outside app/shared/public") }
    let docroot = DocrootPlace(root: "public", regenerable: "")
    let ending = try await rig.carryOut([.prune([.first], as: .retired, docroot)])
    #expect(ending.isFinished)
    #expect(rig.exists("releases/\(ReleaseID.first)") == isPlanted)
    #expect(rig.exists("shared/public/late") == !isPlanted)
    #expect(ending.notes.contains { $0.hasPrefix("kept") } == isPlanted)
    #expect(try rig.sh("ls outside; cat outside/canary") == "canary\ncanary\n")
    #expect(rig.story.contains("retired \(ReleaseID.first)") == !isPlanted)
  }
}
