extension Operation {
  /// Another host of the stage ran a hook that runs once. This one may be the first tomorrow.
  public static func ranElsewhere(_ members: String, in release: ReleaseID) -> Operation {
    Operation(
      "ran_elsewhere", [release.text, members], "remember that a hook ran once on another host")
  }
}
