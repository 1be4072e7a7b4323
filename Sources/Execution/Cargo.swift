public import Planning
import Processes
public import Remote
public import Shipping

/// What a push ships: one prepared tree, hashed once for each digest algorithm that hosts want.
public actor Cargo {
  public nonisolated let tree: Tree
  private let cache: HashCache?
  private let report: @Sendable (Phase) -> Void
  /// What hosts have that may be sent a delta.
  private var bases: [String: Manifest] = [:]
  private var manifests: [DigestAlgorithm: Task<Manifest, any Error>] = [:]

  public init(
    tree: Tree, remembering cache: HashCache? = nil,
    report: @escaping @Sendable (Phase) -> Void = { _ in }
  ) {
    self.tree = tree
    self.cache = cache
    self.report = report
  }

  public func base(_ digest: String) -> Manifest? { bases[digest] }

  public func remember(_ base: Manifest, as digest: String) { bases[digest] = base }

  public func manifest(using algorithm: DigestAlgorithm) async throws -> Manifest {
    try await hashing(algorithm).value
  }

  /// Begins to hash for what most hosts ask for, before any of them has answered.
  public func foresee(_ algorithm: DigestAlgorithm) { _ = hashing(algorithm) }

  private func hashing(_ algorithm: DigestAlgorithm) -> Task<Manifest, any Error> {
    if let known = manifests[algorithm] { return known }
    let task = Task { [tree, cache, report] in
      let began = ContinuousClock.now
      let manifest = try await onThread { try tree.manifest(using: algorithm, remembering: cache) }
      report(Phase("hash", from: began))
      return manifest
    }
    manifests[algorithm] = task
    return task
  }
}
