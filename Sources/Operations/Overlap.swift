extension Operation {
  /// Keeps build files of earlier releases reachable in the one that is staged.
  public static func overlap(
    _ docroot: DocrootPlace, build expression: String, from releases: [ReleaseID]
  ) -> Operation {
    Operation(
      "overlap", [expression, docroot.root] + releases.map(\.text),
      "keep the build files of \(releases.map(\.text).joined(separator: ", ")) reachable")
  }
}
