import Operations
import Planning
import Remote
import Shipping
import TestSupport
import Testing

/// Pushes deltas as a client does: by what the host says it lacks.
struct DeltaRig {
  let rig: Rig

  init(_ shell: Shell) throws { rig = try Rig(shell) }

  struct Ending {
    var isFinished = false
    var unfit: String?
    var lacking: Set<Int> = []
    var events: [AgentEvent] = []
  }

  private func tree() throws -> (Tree, Manifest) {
    let source = "\(rig.scratch.path)/src"
    let tree = try Tree(
      root: source, entries: TreeWalk(root: source).entries(), origin: Origin(source: "a test"))
    return (tree, try tree.manifest(using: .sha256))
  }

  private func going(_ release: ReleaseID, standby: Bool) -> [Operations.Operation] {
    let live = rig.current
    return [
      .commit(release, more: ""), .flip(to: release, expected: live),
      .record(release, from: String(live.split(separator: "/").last ?? ""), more: ""),
    ] + (standby ? [.standby(release)] : [])
  }

  /// A cold one.
  func push(
    _ release: ReleaseID, _ script: String, standby: Bool, linking: [Operations.Operation] = []
  ) async throws {
    let parcel = try Parcel(rig, script)
    let ending = try await rig.carryOut(
      [.receive(.none), .verify(algorithm: "sha256")] + linking + going(release, standby: standby),
      payload: parcel.payload)
    #expect(ending.isFinished, "\(ending)")
    try remember(release)
  }

  /// What a client's cache would hold.
  private func remember(_ release: ReleaseID) throws {
    try rig.sh("cp app/.deploy/manifests/\(release)/manifest known-\(release) || :")
  }

  func pushDelta(
    from base: ReleaseID = .first, to release: ReleaseID, _ script: String, orWhole: Bool = false
  ) async throws -> Ending {
    let text = try rig.scratch.run(["cat", "known-\(base)"])
    let old = try Manifest(text: Array(text.utf8), algorithm: .sha256)
    try rig.sh("cd src; \(script)")
    let (tree, manifest) = try tree()
    let session = try await rig.session()
    var ending = Ending()
    let transfer: [Operations.Operation] = [
      .stand(base, digest: old.digest),
      .patch(base, to: manifest.digest, .none, summary: "patch"), .attest(algorithm: "sha256"),
    ]
    try await carryOut(
      session, [rig.enter()] + transfer + going(release, standby: false), &ending
    ) { lacking in
      let delta = Delta(from: old, to: manifest, lacking: lacking)
      return try Payload.Part.allCases.map {
        try pulled(
          try Payload($0, of: delta, tree: tree, manifest: manifest, compression: .none))
      }
    }
    if orWhole, ending.unfit != nil {
      try await carryOut(
        session,
        [rig.enter(), .receive(.none), .verify(algorithm: "sha256")]
          + going(release, standby: false), &ending
      ) { _ in
        [try pulled(try Payload(tree: tree, manifest: manifest, compression: .none))]
      }
    }
    try await session.endAndWait()
    try remember(release)
    return ending
  }

  private func carryOut(
    _ session: AgentSession, _ operations: [Operations.Operation], _ ending: inout Ending,
    payloads: (Set<Int>) throws -> [[UInt8]]
  ) async throws {
    let numbers = try await session.start(operations)
    while true {
      let event = try await session.event(within: .seconds(60))
      ending.events.append(event)
      switch event {
      case .finished:
        ending.isFinished = true
        return
      case .stopped, .gone: return
      case .unfit(let reason): ending.unfit = reason
      case .fact("lacking", let words): ending.lacking.formUnion(words.compactMap { Int($0) })
      case .began(let number) where operations[number - numbers.lowerBound].takesPayload:
        for payload in try payloads(ending.lacking) {
          for start in stride(from: 0, to: payload.count, by: 60_000) {
            try await session.sendPayload(
              Array(payload[start..<min(start + 60_000, payload.count)]))
          }
          try await session.sendPayload([])
        }
      default: break
      }
    }
  }

  /// Bytes, names, modes and links are those of the source.
  func expectAsShipped(_ release: ReleaseID) throws {
    let list = #"find . -printf '%y %m %p %l\0' | sort -z | tr '\0' '\n'"#
    let place = "app/releases/\(release)"
    // Not the directory itself, which is the source's own.
    let there = try rig.sh("cd \(place); \(list) | sed '/^d [0-7]* \\. $/d'")
    let here = try rig.sh("cd src; \(list) | sed '/^d [0-7]* \\. $/d'")
    #expect(there == here)
    try rig.sh("diff -r --no-dereference src \(place) || :; stat -c %a \(place) | grep -qx 755")
    try rig.sh("[ -z \"$(find \(place) -type f -links +1)\" ]")
    try rig.sh("diff -rq --no-dereference src \(place)")
  }
}

private func pulled(_ payload: consuming Payload) throws -> [UInt8] {
  var bytes: [UInt8] = []
  while let piece = try payload.next() { bytes += piece }
  return bytes
}
