/// What a shared path is: the link must not stand where a release has the other kind.
public enum SharedKind: String, Sendable {
  case directory
  case file
}

extension Operation {
  /// Links `path` of a release to `shared/path`. Without a release, of the one that is staged.
  public static func link(_ path: String, _ kind: SharedKind, in release: ReleaseID?) -> Operation {
    Operation(
      "link", [release?.text ?? "staged", path, kind.rawValue],
      "link \(path) -> shared/\(path)")
  }

  /// The same for a directory that not every application has: only if the release ships it or
  /// `shared/` has it.
  public static func linkWhereWanted(_ path: String, in release: ReleaseID?) -> Operation {
    Operation(
      "link", [release?.text ?? "staged", path, SharedKind.directory.rawValue, "wanted"],
      "link \(path) -> shared/\(path), if there is such data")
  }
}
