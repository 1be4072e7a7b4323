extension Operation {
  /// Makes the new tree of the one in staging, with the payload that follows. `digest` is of the new manifest.
  public static func patch(
    _ release: ReleaseID, to digest: String, _ compression: Compression, summary: String
  ) -> Operation {
    Operation("patch", [compression.rawValue, release.text, digest], summary)
  }
}
