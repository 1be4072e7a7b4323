extension Operation {
  /// Ends the session that has held the lock since then, with all that it started.
  public static func unlock(pid: Int, since: Int) -> Operation {
    Operation("unlock", ["\(pid)", "\(since)"], "end the session that holds the lock")
  }
}
