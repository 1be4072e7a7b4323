/// Why a release goes.
public enum Departure: String, Sendable {
  /// It was live once and is older than what is kept.
  case retired
  /// It failed or was interrupted before it ever went live.
  case swept
}

extension Operation {
  public static func prune(
    _ releases: [ReleaseID], as departure: Departure, _ docroot: DocrootPlace? = nil
  ) -> Operation {
    let names = releases.map(\.text).joined(separator: ", ")
    return Operation(
      "prune",
      [departure.rawValue, docroot?.root ?? "", docroot?.regenerable ?? ""] + releases.map(\.text),
      departure == .retired ? "retire \(names)" : "sweep \(names): failed, or never went live")
  }
}
