/// Why a step of the first minutes of a session did not succeed.
enum Setback: Error, Equatable {
  case refused(LibraryError)
  case ended(String)
  case late
}

extension Session {
  /// Repeats a step that would block, moving the wire in between. Only for the time before the pump
  /// takes over.
  borrowing func drive<Value>(
    until limit: Moment, _ step: () throws(LibraryError) -> Value?
  ) throws(Setback) -> Value {
    while true {
      let value: Value?
      do throws(LibraryError) {
        value = try step()
      } catch {
        _ = wire.flush()
        // libssh2 reports a farewell as the failure of whatever it was waiting for.
        if let farewell = wire.farewell { throw .ended(farewell) }
        throw .refused(error)
      }
      _ = wire.flush()
      if let value { return value }
      if wire.fill() { continue }
      if let end = wire.end { throw .ended(wire.farewell ?? end.words) }
      if limit.hasPassed { throw .late }
      wire.wait(until: limit)
    }
  }
}
