import Operations
import Remote
import TestSupport
import Testing

@Suite("Bringing files into shared/", .serialized)
struct SharedFillTests {
  private func fill(
    _ shared: SharedRig, _ path: String, replacing: Bool = false,
    _ script: String = "mkdir sub; echo new >data; echo 'a b' >'sub/x y'; : >.dot; chmod 640 data"
  ) async throws -> ProgramEnding {
    try shared.rig.sh("rm -rf src")
    let parcel = try Parcel(shared.rig, script)
    return try await shared.carryOut(
      [.receive(.none), .verify(algorithm: "sha256"), .fill(path, replacing: replacing)],
      payload: parcel.payload)
  }

  @Test("new files arrive with their modes, at a path that is made", arguments: Shell.all)
  func places(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    let ending = try await fill(shared, "storage/new/deep")
    #expect(ending.isFinished, "\(ending)")
    #expect(
      try shared.rig.sh(
        "cd app/shared/storage/new/deep; stat -c %a data; cat data 'sub/x y'; ls -A")
        == "640\nnew\na b\n.dot\ndata\nsub\n")
  }

  @Test("an existing file stays, and then nothing at all is placed", arguments: Shell.all)
  func existing(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    let ending = try await fill(shared, "storage")
    #expect(ending.refusal?.kind == "fill-exists")
    #expect(ending.refusal?.fields == ["1", "storage/data"])
    #expect(
      try shared.rig.sh("cat app/shared/storage/data; ls -A app/shared/storage")
        == "data\ndata\nlogs\n")
    let forced = try await fill(shared, "storage", replacing: true)
    #expect(forced.isFinished, "\(forced)")
    #expect(try shared.rig.sh("cat app/shared/storage/data") == "new\n")
    #expect(try shared.rig.sh("cat app/.deploy/kept/push-*/replaced/storage/data") == "data\n")
    // What is there already with the same content is no reason to stop.
    #expect(try await fill(shared, "storage").isFinished)
  }

  @Test("a planted link at any step is not written through", arguments: Shell.all)
  func planted(in shell: Shell) async throws {
    let outside: String
    let shared = try await SharedRig(shell)
    outside = "\(shared.rig.scratch.path)/outside"
    let names = ["storage", "storage/new", "storage/new/sub", "storage/new/data"]
    for (place, replacing) in names.flatMap({ [($0, false), ($0, true)] }) {
      try shared.rig.sh(
        "cd app/shared; rm -rf storage; mkdir -p storage/new; rm -rf \(place); ln -s \(outside) \(place)"
      )
      let ending = try await fill(shared, "storage/new", replacing: replacing)
      #expect(!ending.isFinished, "\(place)")
      #expect(try shared.rig.sh("ls -A outside") == "canary\n")
    }
    try shared.rig.sh(
      "cd app/shared; rm -rf storage; mkdir -p storage/new; ln -s \(outside)/canary storage/new/data"
    )
    #expect(!(try await fill(shared, "storage/new", replacing: true).isFinished))
  }
}
