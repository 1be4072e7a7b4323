import Operations
import Remote
import TestSupport
import Testing

/// A live release with shared data, and canaries outside of the application that nothing may touch.
struct SharedRig {
  let rig: Rig
  static let docroot = DocrootPlace(root: "public", regenerable: "^cache(/.*)?$")

  init(_ shell: Shell) async throws {
    rig = try Rig(shell)
    try rig.sh("mkdir outside; echo canary >outside/canary")
    try rig.lay([ReleaseID.first.text], current: ReleaseID.first.text)
    try rig.journal("live", ReleaseID.first.text)
    try rig.sh(
      """
      cd app/releases/\(ReleaseID.first)
      mkdir -p public/images; echo code >public/index.php
      ln -s ../../shared/storage storage
      mkdir -p ../../shared/storage/logs ../../shared/public
      echo log >../../shared/storage/logs/a.log; echo data >../../shared/storage/data
      sum() { sha256sum <"$1" | cut -d ' ' -f 1; }
      cd ../../.deploy/manifests/\(ReleaseID.first)
      echo storage >links
      {
        echo "d 0755 - - public"
        echo "d 0755 - - public/images"
        echo "f 0644 5 $(sum ../../../releases/\(ReleaseID.first)/public/index.php) public/index.php"
      } >manifest
      """)
    let ending = try await rig.carryOut([.census(.first, Self.docroot)])
    #expect(ending.isFinished, "\(ending)")
  }

  func inLive(_ script: String) throws {
    try rig.sh("cd app/releases/\(ReleaseID.first); \(script)")
  }

  /// Carries out, and fails when anything outside of the application changed.
  func carryOut(
    _ operations: [Operations.Operation], payload: [UInt8] = [], user: Int? = nil
  ) async throws -> ProgramEnding {
    let before = try canaries()
    let ending = try await rig.carryOut(
      operations, payload: payload, user: user, entering: rig.enter(wait: 20))
    #expect(try canaries() == before)
    return ending
  }

  private func canaries() throws -> String {
    try rig.sh("find outside -printf '%p %i %m %s %T@\n' | sort; cat outside/canary")
  }

  func facts(_ operation: Operations.Operation, _ name: String) async throws -> [[String]] {
    let answer = try await rig.ask(operation)
    #expect(answer.status == 0, "\(answer)")
    return answer.events.compactMap {
      if case .fact(name, let words) = $0 { words } else { nil }
    }
  }
}
