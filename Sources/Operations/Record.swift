extension Operation {
  /// Writes into the ledger that a release is live, and what was live before.
  public static func record(_ release: ReleaseID, from: String, more: String) -> Operation {
    Operation("record", [release.text, from, more], "record \(release) as live in the ledger")
  }
}
