extension Operation {
  /// Moves what appeared in a release's docroot while it was live into `shared/`.
  public static func harvest(_ release: ReleaseID, _ docroot: DocrootPlace) -> Operation {
    Operation(
      "harvest", [release.text, docroot.root, docroot.regenerable],
      "harvest what appeared below \(docroot.shown) of \(release) into shared/")
  }
}

/// Where a web server shows files of a release, as the operations on a host want it.
public struct DocrootPlace: Sendable, Equatable {
  /// Below the release; `.` is all of it.
  public let root: String
  /// An expression for awk over encoded names below it: what need not be kept.
  public let regenerable: String

  public init(root: String, regenerable: String) {
    self.root = root
    self.regenerable = regenerable
  }

  var shown: String { root == "." ? "the docroot" : "\(root)/" }
}
