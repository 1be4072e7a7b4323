import Planning
import Testing

@testable import Execution

@Suite("A rollout", .timeLimit(.minutes(1)))
struct RolloutTests {
  private func settings(
    serial: Int = 0, canary: Int = 0, pause: Int = 0, keepsOthers: Bool = false
  ) -> Settings.Rollout {
    var settings = Settings.Rollout()
    settings.serial = serial
    settings.canary = canary
    settings.pause = pause
    settings.keepsOthers = keepsOthers
    return settings
  }

  @Test(
    "goes in batches",
    arguments: [
      (0, 0, 5, [0...4]), (2, 0, 5, [0...1, 2...3, 4...4]), (0, 1, 5, [0...0, 1...4]),
      (2, 1, 4, [0...0, 1...2, 3...3]), (9, 9, 2, [0...1]), (1, 0, 1, [0...0]),
    ])
  func batches(serial: Int, canary: Int, count: Int, batches: [ClosedRange<Int>]) {
    #expect(settings(serial: serial, canary: canary).batches(of: count) == batches)
  }

  @Test("lets nobody flip before all are prepared")
  func waits() async {
    let rollout = Rollout(count: 2, settings())
    async let first = rollout.mayFlip(0)
    async let second = rollout.mayFlip(1)
    #expect(await [first, second] == [true, true])
  }

  @Test("turns all away when one cannot come, also those who come later")
  func breaks() async {
    let rollout = Rollout(count: 3, settings())
    async let first = rollout.mayFlip(0)
    await rollout.fail(1)
    #expect(await first == false)
    #expect(await rollout.mayFlip(2) == false)
  }

  @Test("does not wait for a host that has nothing to do")
  func excuses() async {
    let rollout = Rollout(count: 2, settings())
    async let first = rollout.mayFlip(0)
    try? await Task.sleep(for: .milliseconds(50))
    await rollout.excuse(1)
    #expect(await first)
    #expect(await rollout.mayStay(0))
  }

  @Test("lets a batch flip when the one before it works, and nobody stay before all work")
  func serial() async {
    let rollout = Rollout(count: 2, settings(serial: 1))
    let order = Order()
    async let first: Void = {
      #expect(await rollout.mayFlip(0))
      await order.note("0 flips")
      try? await Task.sleep(for: .milliseconds(50))
      await order.note("0 works")
      #expect(await rollout.mayStay(0))
      await order.note("0 stays")
    }()
    async let second: Void = {
      #expect(await rollout.mayFlip(1))
      await order.note("1 flips")
      try? await Task.sleep(for: .milliseconds(50))
      #expect(await rollout.mayStay(1))
    }()
    _ = await (first, second)
    #expect(await order.notes == ["0 flips", "0 works", "1 flips", "0 stays"])
  }

  @Test("pauses behind the canary")
  func pauses() async {
    let rollout = Rollout(count: 2, settings(canary: 1, pause: 1))
    let began = ContinuousClock.now
    async let canary: Bool = {
      guard await rollout.mayFlip(0) else { return false }
      return await rollout.mayStay(0)
    }()
    #expect(await rollout.mayFlip(1))
    #expect(began.duration(to: .now) >= .seconds(1))
    #expect(await rollout.mayStay(1))
    #expect(await canary)
  }

  @Test(
    "takes all back when one fails after the flip, or none if that is wanted",
    arguments: [false, true])
  func failure(keepsOthers: Bool) async {
    let rollout = Rollout(count: 3, settings(serial: 2, keepsOthers: keepsOthers))
    async let first = rollout.mayFlip(0)
    async let second = rollout.mayFlip(1)
    async let third = rollout.mayFlip(2)
    #expect(await [first, second] == [true, true])
    async let stays = rollout.mayStay(0)
    await rollout.fail(1)
    #expect(await stays == keepsOthers)
    // The next batch stays where it is, whatever becomes of the others.
    #expect(await third == false)
  }
}

private actor Order {
  private(set) var notes: [String] = []

  func note(_ text: String) { notes.append(text) }
}
