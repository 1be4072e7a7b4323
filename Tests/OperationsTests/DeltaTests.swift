import Operations
import Planning
import Remote
import Shipping
import TestSupport
import Testing

@Suite("Deltas", .serialized)
struct DeltaTests {
  /// Made of ReceiveTests.nasty: everything that can happen to a name between two releases.
  static let changes = #"""
    mv deep moved; mv -- '-rf' 'dir
    line/-n'; printf two >one; rm -- '-n'; printf new >'new
    line'; rm exec; mkdir exec; : >exec/file; rm -r 'back\slash'; ln -s one 'back\slash'
    ln -sfn two link; chmod 755 ro; rmdir empty; printf file >empty; mkdir -p hollow/hollow2
    mv Case spare; mv case Case; mv spare case; cp big twin; cp big -- '-twin'; chmod 600 -- '-twin'
    mv big bigger; printf small >big; mv bad "$(printf 'w\377orse')"; chmod 555 hollow 'dir
    line'
    """#

  enum Way: String, CaseIterable {
    case standing, copied
  }

  @Test("a release is the one that a cold push makes", arguments: Shell.all, Way.allCases)
  func identical(in shell: Shell, way: Way) async throws {
    let rig = try DeltaRig(shell)
    try await rig.push(.first, ReceiveTests.nasty, standby: way == .standing)
    #expect(rig.rig.exists(".deploy/standby/tree") == (way == .standing))
    let ending = try await rig.pushDelta(to: .second, Self.changes)
    #expect(ending.isFinished, "\(ending)")
    #expect(ending.lacking.isEmpty)
    try rig.expectAsShipped(.second)
    // And the other way round, from a release that a delta made.
    let back = try await rig.pushDelta(
      from: .second, to: .third, "rm -r ./*; \(ReceiveTests.nasty)")
    #expect(back.isFinished, "\(back)")
    try rig.expectAsShipped(.third)
    #expect(try rig.rig.sh("ls -A app/.deploy/staging app/.deploy/trash").contains("tree") == false)
  }

  @Test("a file edited in place does not get into the next release", arguments: Shell.all)
  func edited(in shell: Shell) async throws {
    let rig = try DeltaRig(shell)
    try await rig.push(.first, "echo shipped >a; echo shipped >b; echo c >c", standby: false)
    // Neither size nor time tells.
    try rig.rig.sh(
      """
      cd app/releases/\(ReleaseID.first); touch -r a ../../../stamp
      printf 'hacked!\n' >a; touch -r ../../../stamp a; rm b
      """)
    let ending = try await rig.pushDelta(to: .second, "echo new >c")
    #expect(ending.isFinished, "\(ending)")
    #expect(ending.lacking == [1, 2])
    try rig.expectAsShipped(.second)
  }

  @Test("an edit after the next tree was made does not get into it", arguments: Shell.all)
  func editedLater(in shell: Shell) async throws {
    let rig = try DeltaRig(shell)
    try await rig.push(.first, "echo shipped >a; echo c >c", standby: true)
    try rig.rig.sh("printf 'hacked!\n' >app/releases/\(ReleaseID.first)/a")
    #expect(try await rig.pushDelta(to: .second, "echo new >c").isFinished)
    try rig.expectAsShipped(.second)
    #expect(try rig.rig.sh("cat app/releases/\(ReleaseID.first)/a") == "hacked!\n")
  }

  @Test("a tree that was made for another release is not taken", arguments: Shell.all)
  func stale(in shell: Shell) async throws {
    let rig = try DeltaRig(shell)
    try await rig.push(.first, "echo one >one; echo gone >gone", standby: true)
    try rig.rig.sh("mv app/.deploy/standby stale")
    #expect(try await rig.pushDelta(to: .second, "echo two >two; rm gone").isFinished)
    try rig.rig.sh("mv stale app/.deploy/standby")
    let ending = try await rig.pushDelta(from: .second, to: .third, "echo three >three")
    #expect(ending.isFinished, "\(ending)")
    try rig.expectAsShipped(.third)
    #expect(!rig.rig.exists(".deploy/standby"))
  }

  @Test(
    "a tree that was changed since it was made is noticed", arguments: Shell.all,
    [
      "printf 'HACKED\n' >one", "rm one", "chmod 777 d", "echo >added", "ln -sfn d link",
      "mkfifo p",
    ])
  func tampered(in shell: Shell, script: String) async throws {
    let rig = try DeltaRig(shell)
    try await rig.push(
      .first, "echo oneone >one; mkdir d; ln -s one link; echo c >c", standby: true)
    try rig.rig.sh("cd app/.deploy/standby/tree; touch -r one ../../stamp; \(script)")
    let ending = try await rig.pushDelta(to: .second, "echo new >c")
    #expect(ending.unfit?.contains("not as it should be") == true, "\(ending)")
    #expect(!rig.rig.exists("releases/\(ReleaseID.second)"))
    #expect(try rig.rig.sh("ls -A app/.deploy/staging app/.deploy/trash").contains("tree") == false)
  }

  @Test("another manifest than the client's is no base", arguments: Shell.all)
  func wrongBase(in shell: Shell) async throws {
    let rig = try DeltaRig(shell)
    try await rig.push(.first, "echo one >one", standby: true)
    try rig.rig.sh("echo >>app/.deploy/manifests/\(ReleaseID.first)/manifest")
    let ending = try await rig.pushDelta(to: .second, "echo two >two")
    #expect(ending.unfit?.contains("is not the one that is known here") == true, "\(ending)")
    try rig.rig.sh("rm app/.deploy/manifests/\(ReleaseID.first)/manifest")
    #expect(try await rig.pushDelta(to: .second, ":").unfit?.contains("no manifest") == true)
  }

  @Test("after an unfit base the same session takes everything", arguments: Shell.all)
  func goesOn(in shell: Shell) async throws {
    let rig = try DeltaRig(shell)
    try await rig.push(.first, "echo one >one", standby: true)
    try rig.rig.sh("echo HACK >app/.deploy/standby/tree/one")
    let ending = try await rig.pushDelta(to: .second, "echo two >two", orWhole: true)
    #expect(ending.unfit != nil)
    #expect(ending.isFinished, "\(ending)")
    try rig.expectAsShipped(.second)
  }

  @Test("what links to shared/ replaced is found where it was put", arguments: Shell.all)
  func displaced(in shell: Shell) async throws {
    let rig = try DeltaRig(shell)
    try await rig.push(
      .first, "mkdir -p storage/app; echo ignore >storage/app/.gitignore; echo c >c", standby: true,
      linking: [.link("storage", .directory, in: nil)])
    let ending = try await rig.pushDelta(to: .second, "echo new >c")
    #expect(ending.isFinished)
    #expect(ending.lacking.isEmpty)
    try rig.expectAsShipped(.second)
  }

  @Test(
    "the next tree shares no file with the live release, and nobody else sees it",
    arguments: Shell.all)
  func standby(in shell: Shell) async throws {
    let rig = try DeltaRig(shell)
    try await rig.push(.first, "echo one >one; mkdir d; echo two >d/two", standby: true)
    #expect(try rig.rig.sh("find app/.deploy/standby -type f -links +1").isEmpty)
    #expect(try rig.rig.sh("stat -c %a app/.deploy/standby") == "700\n")
    #expect(try rig.rig.sh("ls -A app/.deploy").contains("standby.") == false)
    let state = try await rig.rig.survey()
    #expect(state.directories.map(\.name) == [ReleaseID.first.text])
    #expect(state.trash == 0)
  }
}
