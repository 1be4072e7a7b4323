public import Planning
import Processes
public import Shipping

/// What a push ships: one prepared tree, hashed once for each digest algorithm that hosts want.
public actor Cargo {
  public nonisolated let tree: Tree
  /// What hosts have that may be sent a delta.
  private var bases: [String: Manifest] = [:]
  private var manifests: [DigestAlgorithm: Manifest] = [:]

  public init(tree: Tree) { self.tree = tree }

  public func base(_ digest: String) -> Manifest? { bases[digest] }

  public func remember(_ base: Manifest, as digest: String) { bases[digest] = base }

  public func manifest(using algorithm: DigestAlgorithm) async throws -> Manifest {
    if let known = manifests[algorithm] { return known }
    let manifest = try await onThread { [tree] in try tree.manifest(using: algorithm) }
    manifests[algorithm] = manifest
    return manifest
  }
}
