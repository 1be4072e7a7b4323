import Operations
import Remote
import TestSupport
import Testing

@Suite("A release that is to go live again", .serialized)
struct RecheckTests {
  private static let script = """
    printf B >b; printf C >c; mkdir -p d empty storage; printf E >d/e; ln -s b l
    : >'a b'; printf N >"$(printf 'new\\nline')"; printf S >storage/shipped
    """

  private func released(_ shell: Shell) async throws -> Rig {
    let rig = try Rig(shell)
    let parcel = try Parcel(rig, Self.script)
    let ending = try await rig.carryOut(
      [
        .receive(.none), .verify(algorithm: "sha256"), .link("storage", .directory, in: nil),
        .commit(.first, more: ""),
      ], payload: parcel.payload)
    #expect(ending.isFinished, "\(ending)")
    return rig
  }

  @Test("passes when nothing that was shipped changed, whatever hooks made", arguments: Shell.all)
  func passes(in shell: Shell) async throws {
    let rig = try await released(shell)
    try rig.sh(
      """
      echo data >app/shared/storage/x; cd app/releases/\(ReleaseID.first)
      mkdir cache; : >cache/config; : >unreadable; chmod 0 unreadable; chmod 775 d; chmod 664 b
      """)
    let ending = try await rig.carryOut([.recheck(.first)])
    #expect(ending.isFinished, "\(ending)")
    #expect(!ending.notes.contains { $0.hasPrefix("drifted") || $0.hasPrefix("unshipped") })
    #expect(try rig.sh("ls -A app/.deploy/staging").isEmpty)
  }

  @Test("is refused for what is missing, and tells what is changed", arguments: Shell.all)
  func refuses(in shell: Shell) async throws {
    let rig = try await released(shell)
    try rig.sh(
      """
      cd app/releases/\(ReleaseID.first)
      printf X >b; rm c; rmdir empty; ln -sfn c l; printf X >"$(printf 'new\\nline')"; : >more
      """)
    let ending = try await rig.carryOut([.recheck(.first)])
    #expect(ending.refusal?.exitCode == 20)
    #expect(ending.refusal?.kind == "lost")
    #expect(ending.refusal?.fields.prefix(2) == [ReleaseID.first.text, "2"])
    let accepted = try await rig.carryOut([.recheck(.first, acceptsDrift: true)])
    #expect(accepted.isFinished, "\(accepted)")
    #expect(accepted.notes.contains { $0.hasPrefix("drifted 5 ") })
  }

  @Test("a change alone is told and holds nothing back", arguments: Shell.all)
  func tells(in shell: Shell) async throws {
    let rig = try await released(shell)
    try rig.sh("cd app/releases/\(ReleaseID.first); printf X >b")
    let ending = try await rig.carryOut([.recheck(.first)])
    #expect(ending.isFinished, "\(ending)")
    #expect(ending.notes.last == "drifted 1 b")
  }

  @Test(
    "a file that became a directory or a link to the same content is missing", arguments: Shell.all)
  func kinds(in shell: Shell) async throws {
    let rig = try await released(shell)
    try rig.sh("cd app/releases/\(ReleaseID.first); mv b was; ln -s was b; rm c; mkdir c")
    #expect(try await rig.carryOut([.recheck(.first)]).refusal?.fields[1] == "2")
  }

  @Test("one without a manifest is not held back, but spoken of")
  func adopted() async throws {
    let rig = try Rig(.dash)
    try rig.sh("mkdir -p app/releases/\(ReleaseID.first)")
    let ending = try await rig.carryOut([.recheck(.first)])
    #expect(ending.isFinished)
    #expect(ending.notes == ["unshipped \(ReleaseID.first)"])
  }
}
