import Arguments
import Execution
import Glibc
import Operations
import Planning
import Shipping

/// The next release's name: UTC by this machine's clock, with six hexadecimal digits when that second
/// is taken on some host.
enum ReleaseName {
  static func next(taken: Set<String>, now: Int = Int(time(nil))) -> ReleaseID {
    var seconds = time_t(now)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ number: Int32, _ width: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(width - text.count, 0)) + text
    }
    let stamp =
      padded(parts.tm_year + 1900, 4) + padded(parts.tm_mon + 1, 2) + padded(parts.tm_mday, 2) + "-"
      + padded(parts.tm_hour, 2) + padded(parts.tm_min, 2) + padded(parts.tm_sec, 2)
    var name = stamp
    while true {
      if !taken.contains(name), let id = ReleaseID(name) { return id }
      let suffix = String(UInt32.random(in: 0x100000...0xffffff), radix: 16)
      name = "\(stamp)-\(suffix)"
    }
  }

  /// Names that a new release must not have on these hosts.
  static func taken(on visits: [Visit]) -> Set<String> {
    Set(
      visits.flatMap { visit in
        visit.state.directories.map(\.name) + visit.state.ledger.map(\.release)
      })
  }
}

/// The name of what a push ships, and whom it is for. However the last push ended, after this one all
/// hosts show one release.
struct Naming {
  let release: ReleaseID
  /// Also hosts where this content is live already.
  var isForAll = false

  init(_ release: ReleaseID) { self.release = release }

  /// A host that was away gets the name that the others show. One that had the release and lost it again
  /// cannot get it twice under one name: then it is a new one, for all.
  init(showing: [Visit], lacking: [Visit]) {
    let shown = Set(showing.compactMap(\.state.live?.id))
    let taken = ReleaseName.taken(on: lacking)
    if let only = shown.first, shown.count == 1, !lacking.isEmpty, !taken.contains(only.text) {
      release = only
    } else {
      release = ReleaseName.next(taken: ReleaseName.taken(on: showing + lacking))
      isForAll = !lacking.isEmpty
    }
  }
}

extension Push {
  func naming(for visits: [Visit], _ cargo: Cargo) async throws -> Naming {
    if let name { return Naming(name) }
    var showing: [Visit] = []
    var lacking: [Visit] = []
    for visit in visits {
      // Left as it is, whatever it shows.
      if isSuperseded(on: visit, cargo) { continue }
      let tree = try await cargo.manifest(using: visit.state.algorithm).digest
      if PushPlanner.isLive(tree, visit.state, project.settings) {
        showing.append(visit)
      } else {
        lacking.append(visit)
      }
    }
    // Whoever insists wants a release of its own, on every host.
    if invocation[PushOptions.force] || showing.isEmpty {
      return Naming(ReleaseName.next(taken: ReleaseName.taken(on: visits)))
    }
    return Naming(showing: showing, lacking: lacking)
  }
}
