extension Operation {
  /// Renames the verified, synced staging tree to `releases/ID`.
  public static func commit(_ release: ReleaseID, more: String) -> Operation {
    Operation("commit", [release.text, more], "sync, then rename staging to releases/\(release)")
  }
}
