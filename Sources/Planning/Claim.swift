/// Something below the docroot of an adopted release that the new one does not bring: data of users,
/// or code of yesterday. Only a person knows.
public struct Claim: Sendable, Equatable {
  /// Below the release.
  public var path: String
  public var files: Int
  public var bytes: UInt64

  /// Each as the highest directory that holds nothing of what is shipped, or as a file.
  public static func find(
    adopted: Manifest, shipped: Manifest, settings: Settings
  ) -> [Claim] {
    guard let root = settings.docroot.root else { return [] }
    let known = Set(shipped.entries.filter(\.isContent).map(\.path.description))
    let holders = Set(known.flatMap(parents))
    let declared = Set(
      settings.shared.directories + settings.shared.files + settings.optionalDirectories)
    let passed = (settings.docroot.build + settings.docroot.regenerable).map(PathPattern.init)
    var found: [String: Claim] = [:]
    for entry in adopted.entries {
      let path = entry.path.description
      guard case .file(_, let size, _) = entry.kind, let below = below(root, path),
        !known.contains(path), !passed.contains(where: { $0.matches(below) }),
        !([path] + parents(of: path)).contains(where: declared.contains)
      else { continue }
      let above = parents(of: path).reversed().filter { self.below(root, $0) != nil }
      let unit = above.first { !holders.contains($0) } ?? path
      found[unit, default: Claim(path: unit, files: 0, bytes: 0)].files += 1
      found[unit]?.bytes += size
    }
    return found.values.sorted { $0.path < $1.path }
  }

  /// A path below the docroot; nil when it is not.
  private static func below(_ root: String, _ path: String) -> String? {
    if root == "." { return path }
    return path.hasPrefix(root + "/") ? path.dropPrefix(root + "/") : nil
  }

  /// The nearest first.
  private static func parents(of path: String) -> [String] {
    path.indices.filter { path[$0] == "/" }.map { String(path[..<$0]) }.reversed()
  }
}

extension Manifest.Entry {
  /// Whether it is more than a directory.
  fileprivate var isContent: Bool {
    if case .directory = kind { false } else { true }
  }
}
