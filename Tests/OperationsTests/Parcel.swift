import Operations
import Planning
import Processes
import Shipping
import TestSupport

/// A tree that a test ships: made by a script in `src`, described, then perhaps spoiled on its way.
struct Parcel {
  let payload: [UInt8]
  let manifest: Manifest

  /// `script` runs in the tree, `spoiling` in the archive, where the tree is `tree`.
  init(
    _ rig: Rig, _ script: String = "echo one >one", algorithm: DigestAlgorithm = .sha256,
    spoiling: String = ""
  ) throws {
    let number = UInt32.random(in: 0 ... .max)
    try rig.sh("mkdir -p src parcel\(number); cd src; \(script)")
    let source = "\(rig.scratch.path)/src"
    manifest = try Tree(
      root: source, entries: TreeWalk(root: source).entries(), origin: Origin(source: "a test")
    ).manifest(using: algorithm)
    try rig.scratch.write(manifest.text, to: Array("parcel\(number)/manifest".utf8))
    try rig.sh("cp -a src parcel\(number)/tree; cd parcel\(number); \(spoiling)")
    let archive = rig.scratch.path + "/parcel\(number)"
    payload = try Self.archive(archive)
  }

  private static func archive(_ directory: String) throws -> [UInt8] {
    try Command(["tar", "--format=gnu", "-cf", "-", "manifest", "tree"], in: directory).run().output
  }
}

extension ReleaseID {
  static let first = make("20261120-173310")
  static let second = make("20261121-080000")
  static let third = make("20261122-080000")
}

extension Rig {
  /// Everything between the entry and the flip.
  func staging(_ release: ReleaseID, _ algorithm: DigestAlgorithm = .sha256)
    -> [Operations.Operation]
  {
    [
      .receive(.none), .verify(algorithm: algorithm.rawValue), .commit(release, more: ""),
    ]
  }

  /// A whole push of a tree.
  @discardableResult
  func push(
    _ release: ReleaseID, _ script: String = "echo one >one", user: Int? = nil,
    surroundings: Surroundings = .plain
  ) async throws -> ProgramEnding {
    let parcel = try Parcel(self, script)
    let live = current
    return try await carryOut(
      staging(release) + [
        .flip(to: release, expected: live),
        .record(release, from: String(live.split(separator: "/").last ?? ""), more: ""),
      ], payload: parcel.payload, surroundings: surroundings, user: user)
  }
}
