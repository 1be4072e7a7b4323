extension Operation {
  /// Puts what a release was shipped with into staging. `digest` is of the manifest that is known here.
  public static func stand(_ release: ReleaseID, digest: String) -> Operation {
    Operation("stand", [release.text, digest], "begin with the files of \(release)")
  }
}
