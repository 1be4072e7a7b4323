import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("Maintenance", .serialized)
struct MaintenanceTests {
  private let down = Operation.takeDown(
    ReleaseID.first.text, members: #""actor":"ann","message":"a \"b\" é","retryAfter":60"#,
    ledger: #""why":"a \"b\" é""#, page: Array("<p>é '\"$(id)\n".utf8))
  private let up = Operation.bringUp(ReleaseID.first.text)

  private func rig(_ shell: Shell) throws -> Rig {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text], current: ReleaseID.first.text)
    try rig.journal("live", ReleaseID.first.text)
    return rig
  }

  @Test("a host that goes down shows its page, and says so until it comes up", arguments: Shell.all)
  func downAndUp(in shell: Shell) async throws {
    let rig = try rig(shell)
    #expect(try await rig.survey().downtime == nil)
    #expect(try await rig.carryOut([down]).isFinished)
    let downtime = try #require(try await rig.survey().downtime)
    #expect(downtime.message == "a \"b\" é" && downtime.actor == "ann")
    #expect(downtime.at.hasPrefix("20") && downtime.at.hasSuffix("Z"))
    #expect(try rig.sh("cat app/shared/maintenance.html") == "<p>é '\"$(id)\n")
    #expect(try rig.sh("stat -c %a app/shared/maintenance.html app/.deploy/down") == "644\n644\n")
    // Again, with the page of the first time in place.
    #expect(try await rig.carryOut([down]).isFinished)
    #expect(try await rig.carryOut([up]).isFinished)
    #expect(try await rig.survey().downtime == nil)
    #expect(try rig.sh("ls -A app/shared app/.deploy/ops") == "app/.deploy/ops:\n\napp/shared:\n")
    let first = ReleaseID.first
    #expect(rig.story == ["live \(first)", "down \(first)", "down \(first)", "up \(first)"])
    #expect(rig.ledger[1].why == "a \"b\" é")
    #expect(try await rig.survey().live?.state == .live)
  }

  @Test("a page that somebody else put there is neither replaced nor removed", arguments: Shell.all)
  func notOurs(in shell: Shell) async throws {
    let rig = try rig(shell)
    try rig.sh("echo mine >app/shared/maintenance.html")
    let ending = try await rig.carryOut([down])
    #expect(ending.refusal?.kind == "page-taken" && ending.refusal?.exitCode == 17)
    #expect(try await rig.survey().downtime == nil)
    #expect(try await rig.carryOut([up]).isFinished)
    #expect(try rig.sh("cat app/shared/maintenance.html") == "mine\n")
  }

  @Test("a link that is planted in the page's place leads nowhere", arguments: Shell.all)
  func planted(in shell: Shell) async throws {
    let rig = try rig(shell)
    try rig.sh("echo precious >outside")
    #expect(try await rig.carryOut([down]).isFinished)
    try rig.sh("ln -sfn ../../outside app/shared/maintenance.html")
    #expect(try await rig.carryOut([down]).isFinished)
    #expect(
      try rig.sh("stat -c %F app/shared/maintenance.html; cat outside")
        == "regular file\nprecious\n")
    try rig.sh("ln -sfn ../../outside app/shared/maintenance.html")
    #expect(try await rig.carryOut([up]).isFinished)
    #expect(try rig.sh("cat outside; ls app/shared") == "precious\n")
  }

  @Test("a record that cannot be read counts all the same")
  func unreadable() async throws {
    let rig = try rig(.dash)
    try rig.sh("echo '{\"at\":' >app/.deploy/down")
    #expect(try await rig.survey().downtime == .unreadable)
  }
}
