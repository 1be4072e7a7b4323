extension Operation {
  /// Runs a configured command in `releases/ID`, for at most `limit` seconds.
  public static func hook(_ command: String, limit: Int, in release: ReleaseID) -> Operation {
    Operation(
      "hook", [release.text, "\(limit)", command], "run `\(command)` in releases/\(release)")
  }
}
