/// What `shared/` starts with on a new host.
public struct Skeleton: Sendable, Equatable {
  /// Each after the one it lies in.
  public var directories: [String]
  /// Of those directories whose mode is not for the host to choose, such as 0o2775.
  public var modes: [String: Int]
  public var files: [File]

  public struct File: Sendable, Equatable {
    public var path: String
    public var mode: Int
    public var bytes: [UInt8]
  }
}

extension Catalog {
  /// The tree of `shared-skeleton/` with the recipe's name, and whatever else the recipe shares: a
  /// user's own recipe has no tree.
  public func skeleton(for recipe: Recipe) -> Skeleton {
    let root = "shared-skeleton/\(recipe.name)/"
    var directories: Set<String> = []
    var files: [Skeleton.File] = []
    var modes: [SkeletonMode] = []
    for file in EmbeddedFiles.all where file.path.hasPrefix(root) {
      let path = String(file.path.dropFirst(root.count))
      guard path != SkeletonMode.file else {
        modes = SkeletonMode.read(file.bytes)
        continue
      }
      directories.formUnion(Self.parents(of: path))
      // Git keeps no empty directory; the file is only there to show one.
      guard path != ".gitkeep", !path.hasSuffix("/.gitkeep") else { continue }
      files.append(Skeleton.File(path: path, mode: file.mode, bytes: file.bytes))
    }
    for path in recipe.sharedDirectories { directories.formUnion(Self.parents(of: path + "/.")) }
    for path in recipe.sharedFiles { directories.formUnion(Self.parents(of: path)) }
    let sorted = directories.sorted()
    return Skeleton(
      directories: sorted, modes: SkeletonMode.modes(of: sorted, by: modes), files: files)
  }

  private static func parents(of path: String) -> [String] {
    path.indices.filter { path[$0] == "/" }.map { String(path[..<$0]) }
  }
}
