import Operations
import Planning
import Remote
import TestSupport
import Testing

@testable import Execution

/// Rollbacks need no cargo, so that two directories of this machine are hosts enough.
@Suite("A change on several hosts", .serialized)
struct SeveralHostsTests {
  let rigs: [Rig]

  init() throws {
    rigs = try (0..<2).map { _ in
      let rig = try Rig(.dash)
      try rig.lay([ReleaseID.older.text, ReleaseID.newer.text], current: ReleaseID.newer.text)
      try rig.journal("live", ReleaseID.older.text)
      try rig.journal("live", ReleaseID.newer.text)
      return rig
    }
  }

  /// `meanwhile` happens between the plans and their execution. `count` hosts have something to do.
  private func rollBack(
    sharing directories: [String] = [], onFirst count: Int = 2, meanwhile: () throws -> Void = {}
  ) async throws -> [HostResult] {
    var settings = Settings()
    settings.shared.directories = directories
    settings.hosts = rigs.enumerated().map { index, rig in
      var host = Settings.Host()
      host.name = "host\(index)"
      host.path = rig.root
      return host
    }
    let fleet = Fleet(
      settings: settings, interruption: Interruption(),
      connect: { _ in ShellConnection(.dash) }, report: { _ in })
    let visits = await fleet.visit().compactMap { try? $0.get() }
    var work: [(visit: Visit, plan: Plan)] = []
    for visit in visits.prefix(count) {
      let planner = RollbackPlanner(
        settings: settings, host: visit.host, state: visit.state,
        requester: Requester(actor: "ann", client: "laptop"), choice: .previous,
        isOneOfSeveral: true)
      work.append((visit, try planner.plan()))
    }
    try meanwhile()
    let results = await fleet.carryOut(
      work, release: { $0.flipTarget ?? "" }, replan: { _ in nil })
    for visit in visits { await visit.leave() }
    return results
  }

  private func codes(_ results: [HostResult]) -> [Int32] {
    results.map { if case .failure(let failure) = $0.outcome { failure.exitCode } else { 0 } }
  }

  @Test("is made on all together", .timeLimit(.minutes(1)))
  func together() async throws {
    #expect(codes(try await rollBack()) == [0, 0])
    #expect(rigs.allSatisfy { $0.current == "releases/\(ReleaseID.older)" })
  }

  @Test("waits for nobody when one host alone has something to do", .timeLimit(.minutes(1)))
  func alone() async throws {
    #expect(codes(try await rollBack(onFirst: 1)) == [0])
    #expect(rigs[0].current == "releases/\(ReleaseID.older)")
    #expect(rigs[1].current == "releases/\(ReleaseID.newer)")
  }

  @Test("waits for no host that turns out to have nothing to do", .timeLimit(.minutes(1)))
  func nothingToDo() async throws {
    let results = try await rollBack { try rigs[0].journal("live", ReleaseID.newer.text) }
    #expect((try? results[0].outcome.get()) == .nothingToDo(live: ReleaseID.newer.text))
    #expect(
      (try? results[1].outcome.get())
        == .live(ReleaseID.older.text, was: ReleaseID.newer.text, notes: []))
  }

  @Test("is made on none when one is not ready, and the other says so", .timeLimit(.minutes(1)))
  func heldBack() async throws {
    try rigs[1].sh(": >app/releases/\(ReleaseID.older)/storage")
    #expect(codes(try await rollBack(sharing: ["storage"])) == [15, 12])
    #expect(rigs.allSatisfy { $0.current == "releases/\(ReleaseID.newer)" })
    #expect(rigs.allSatisfy { $0.ledger.count == 2 })
  }
}

extension ReleaseID {
  fileprivate static let older = make("20261120-173310")
  fileprivate static let newer = make("20261121-080000")
}
