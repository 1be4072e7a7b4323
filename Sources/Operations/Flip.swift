extension Operation {
  /// Points `current` at a release in one rename, provided that it still points at `expected`.
  public static func flip(to release: ReleaseID, expected: String) -> Operation {
    Operation("flip", [release.text, expected], "point current at releases/\(release)")
  }
}
