extension Operation {
  /// Links all that was harvested into a release. Without one, into the one that is staged.
  public static func bind(_ release: ReleaseID?, _ docroot: DocrootPlace) -> Operation {
    Operation(
      "bind", [release?.text ?? "staged", docroot.root], "link what was harvested before")
  }
}
