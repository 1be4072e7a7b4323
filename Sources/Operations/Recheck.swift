extension Operation {
  /// Compares what a release was shipped with to what stands there now, before it goes live once more.
  /// Lost files end the plan, unless that was accepted; changed ones are told.
  public static func recheck(_ release: ReleaseID, acceptsDrift: Bool = false) -> Operation {
    Operation(
      "recheck", [release.text, acceptsDrift ? "yes" : "no"],
      "compare releases/\(release) with its manifest"
        + (acceptsDrift ? ", and go on if files are missing" : ""))
  }
}
