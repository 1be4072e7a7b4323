extension Operation {
  /// Makes a copy of a release ready for the next push, once the client has its answer.
  public static func standby(_ release: ReleaseID) -> Operation {
    Operation("standby", [release.text], "then make the next staging tree ready, in the background")
  }
}
