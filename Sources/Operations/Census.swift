extension Operation {
  /// Writes down what hooks made in a release's docroot before it goes live.
  public static func census(_ release: ReleaseID, _ docroot: DocrootPlace) -> Operation {
    Operation("census", [release.text, docroot.root], "note what the hooks made in the docroot")
  }
}
