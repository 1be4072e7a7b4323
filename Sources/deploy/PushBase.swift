import Arguments
import Digests
import Execution
import Operations
import Planning
import Remote
import Shipping

/// A push to a host that has a release of ours already sends what that one does not have.
extension Push {
  /// Nil when everything is to be sent.
  func saving(
    on visit: Visit, _ cargo: Cargo, _ manifest: Manifest
  ) async throws -> PushPlanner.Shipment.Saving? {
    guard !invocation[PushOptions.whole], !visit.needsAll, !visit.state.isLiveAdopted,
      let live = visit.state.directories.first(where: { $0.name == visit.state.liveName }),
      let digest = live.tree, live.algorithm == manifest.algorithm,
      let base = try await base(live.name, digest, on: visit, cargo)
    else { return nil }
    let delta = Delta(from: base, to: manifest)
    // A copy on the host is worth it when it spares something.
    guard delta.bytes <= Inventory(manifest).bytes * 3 / 4 else { return nil }
    return PushPlanner.Shipment.Saving(
      base: digest, fileCount: delta.fileCount, byteCount: Int(delta.bytes))
  }

  /// From this machine's cache, or else from the host.
  private func base(
    _ release: String, _ digest: String, on visit: Visit, _ cargo: Cargo
  ) async throws -> Manifest? {
    if let known = await cargo.base(digest) { return known }
    let cache = ManifestCache(context.environment)
    let algorithm = visit.state.algorithm
    let manifest: Manifest
    if let cached = cache.manifest(digest, algorithm) {
      manifest = cached
    } else if let fetched = try await fetch(release, from: visit), fetched.digest == digest {
      cache.keep(fetched)
      manifest = fetched
    } else {
      return nil
    }
    await cargo.remember(manifest, as: digest)
    return manifest
  }

  private func fetch(_ release: String, from visit: Visit) async throws -> Manifest? {
    let compression = Compression.best(for: [visit])
    let answer: AgentSession.Answer
    do {
      answer = try await visit.session.ask(.base(release, compression), within: .seconds(300))
    } catch {
      throw Failure(error, host: visit.host, phase: "survey")
    }
    guard answer.status == 0 else { return nil }
    var packed: [UInt8] = []
    for case .block(let bytes) in answer.events { packed += bytes }
    guard let text = compression.expand(packed) else { return nil }
    return try? Manifest(text: text, algorithm: visit.state.algorithm)
  }

  /// The next push, from here, knows what the hosts have.
  func rememberShipped(_ prepared: Prepared) async {
    guard let algorithm = prepared.work.first?.visit.state.algorithm,
      let manifest = try? await prepared.cargo.manifest(using: algorithm)
    else { return }
    ManifestCache(context.environment).keep(manifest)
  }
}
