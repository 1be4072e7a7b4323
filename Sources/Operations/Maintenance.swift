/// Going down for maintenance, and coming back. What a framework itself has to be told is a matter of hooks.
extension Operation {
  /// `members` are JSON for the record, `ledger` for the ledger; `page` is what the web server shows.
  public static func takeDown(
    _ release: String, members: String, ledger: String, page: [UInt8]
  ) -> Operation {
    Operation(
      "take_down", [release, members, ledger].map { Array($0.utf8) } + [page],
      "note that the site is down, and lay out shared/maintenance.html")
  }

  public static func bringUp(_ release: String) -> Operation {
    Operation(
      "bring_up", [release], "take shared/maintenance.html away, and note that the site is up")
  }
}
