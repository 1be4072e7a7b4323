public import Operations

/// A directory under `releases/` that the ledger knows or that has a manifest of ours.
public struct Release: Sendable, Equatable {
  public let id: ReleaseID
  public let state: State
  /// Of the ledger's line that last made it live, or prepared it. Order comes from here, never from a clock.
  public let sequence: Int?
  /// Of the first line that made it live: rollback walks back in this order.
  public let wentLive: Int?
  public let since: String?
  public let actor: String?
  public let commit: String?
  public let subject: String?
  public let tree: String?

  public enum State: String, Sendable {
    case live
    /// Was live once, and may be again.
    case standing = "kept"
    /// Went live and did not work, or failed before; never chosen by itself.
    case failed
    /// Its session died before it went live.
    case interrupted
  }
}

extension HostState {
  /// Releases of ours, oldest first. Other names in `releases/` are foreign: never a target, never pruned.
  public var releases: [Release] {
    directories.compactMap(release).sorted {
      ($0.wentLive ?? $0.sequence ?? 0, $0.id.text) < ($1.wentLive ?? $1.sequence ?? 0, $1.id.text)
    }
  }

  public var foreignNames: [String] {
    let known = Set(releases.map(\.id.text))
    return directories.map(\.name).filter { !known.contains($0) }.sorted()
  }

  private func release(_ directory: Directory) -> Release? {
    let records = ledger.filter { $0.release == directory.name && $0.event.isFate }
    guard let id = ReleaseID(directory.name), !records.isEmpty || directory.tree != nil
    else { return nil }
    let lastLive = records.last(where: \.makesLive)
    let isGone = records.last.map { [.retired, .swept, .unadopted].contains($0.event) } ?? false
    let state: Release.State =
      if directory.name == liveName {
        .live
      } else if records.last?.event == .failed {
        .failed
      } else if lastLive != nil, !isGone {
        .standing
      } else if ledger.isEmpty {
        // A ledger that was lost says nothing against what it described.
        .standing
      } else {
        .interrupted
      }
    let origin = records.first { $0.event == .prepared } ?? records.first
    return Release(
      id: id, state: state, sequence: (lastLive ?? records.last)?.seq,
      wentLive: records.first(where: \.makesLive)?.seq, since: lastLive?.at,
      actor: lastLive?.actor ?? origin?.actor, commit: origin?.commit, subject: origin?.subject,
      tree: directory.tree)
  }
}
