/// Where hosts wait for each other before the flip. It opens when all have come, and turns all away when
/// one cannot come.
actor Barrier {
  private var missing: Int
  private var isBroken = false
  private var waiters: [CheckedContinuation<Bool, Never>] = []

  init(count: Int) { missing = count }

  /// True when every host has come.
  func arrive() async -> Bool {
    missing -= 1
    guard !isBroken else { return false }
    guard missing > 0 else {
      release(true)
      return true
    }
    return await withCheckedContinuation { waiters.append($0) }
  }

  /// This host has nothing to do: the others wait for one less.
  func excuse() {
    missing -= 1
    if missing == 0, !isBroken { release(true) }
  }

  /// This host will not come.
  func withdraw() {
    isBroken = true
    release(false)
  }

  private func release(_ verdict: Bool) {
    for waiter in waiters { waiter.resume(returning: verdict) }
    waiters = []
  }
}
