import Execution
import Operations
import Planning
import Remote
import Shipping

/// What it takes to choose how a payload travels to a host.
struct Receiver {
  var isThisMachine = false
  var tools: Set<String>
  /// What TCP took to connect, in seconds; nil when something else did that for us.
  var roundTrip: Double?

  /// A server that answers within this time is in the same room: its link is a gigabit or more.
  fileprivate static let nearby = 0.001
}

extension Receiver {
  init(_ visit: Visit) {
    isThisMachine = visit.host.transport == .local
    tools = visit.state.tools
    roundTrip = visit.connection.phases.first { $0.name == "connect" }?.seconds
  }
}

extension Compression {
  /// The best that this machine and every host have.
  ///
  /// zstd on every link, also the fastest: it takes in several times what libssh2 can encrypt (112 MB/s), so that
  /// what it saves there is more than it costs. `gzip -1` takes in 50 MB/s: worth it on a link that carries less
  /// than that, and a brake on one that carries more. On this machine itself nothing is worth it.
  static func best(for receivers: [Receiver], here: [Compression] = available()) -> Compression {
    if receivers.allSatisfy(\.isThisMachine) { return .none }
    let shared = here.filter { way in receivers.allSatisfy { $0.tools.contains(way.rawValue) } }
    if shared.contains(.zstd) { return .zstd }
    let isNear = receivers.allSatisfy { $0.roundTrip.map { $0 < Receiver.nearby } ?? false }
    return shared.contains(.gzip) && !isNear ? .gzip : .none
  }

  static func best(for visits: [Visit]) -> Compression { best(for: visits.map(Receiver.init)) }
}
