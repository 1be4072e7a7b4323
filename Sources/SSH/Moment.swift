internal import Glibc

/// A point in time at which a wait gives up.
struct Moment: Comparable {
  private let instant: ContinuousClock.Instant

  init(in time: Duration) {
    instant = ContinuousClock.now.advanced(by: time)
  }

  private init(_ instant: ContinuousClock.Instant) {
    self.instant = instant
  }

  static func < (left: Moment, right: Moment) -> Bool { left.instant < right.instant }

  var hasPassed: Bool { instant <= ContinuousClock.now }

  func advanced(by time: Duration) -> Moment { Moment(instant.advanced(by: time)) }

  /// For `poll`: rounded up, so that a wait does not end just before its moment and spin.
  var milliseconds: Int32 {
    let left = (instant - ContinuousClock.now) / Duration.milliseconds(1)
    return left <= 0 ? 0 : Int32(min(left.rounded(.up), 3_600_000))
  }
}
