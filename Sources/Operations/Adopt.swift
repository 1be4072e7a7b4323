/// How an application's directory looked before this tool came.
public enum AdoptedLayout: String, Sendable {
  /// Releases of another tool, and a `current` that links to one of them.
  case releases
  /// A `current` that is itself the application.
  case directory
  /// The application lies in the configured directory, without releases.
  case plain
}

extension Operation {
  /// Writes down how things are, so that the adoption can be undone. `made` are the directories that
  /// were not here before.
  public static func remember(
    _ layout: AdoptedLayout, current: String, made: [String]
  ) -> Operation {
    Operation(
      "remember", [layout.rawValue, current] + made,
      "write down how things are in .deploy/adoption")
  }

  /// Gives a release that stands in `releases/` a manifest and its line in the ledger.
  public static func adopt(_ release: ReleaseID, algorithm: String, more: String) -> Operation {
    Operation(
      "adopt", [release.text, algorithm, more],
      "describe releases/\(release) and record it as adopted")
  }

  /// Makes the directory `current` a release, and a link in its place.
  public static func settle(_ release: ReleaseID) -> Operation {
    Operation(
      "settle", [release.text],
      "move current to releases/\(release) and link it back (a gap of milliseconds)")
  }

  /// Copies what lies in the application's directory into a release.
  public static func copyIn(_ release: ReleaseID) -> Operation {
    Operation("copyin", [release.text], "copy the content to releases/\(release); it stays here")
  }

  /// Moves a declared path from a release to `shared/`, unless something is there.
  public static func share(_ path: String, in release: ReleaseID) -> Operation {
    Operation(
      "share", [release.text, path],
      "move releases/\(release)/\(path) to shared/\(path), unless that exists")
  }
}
