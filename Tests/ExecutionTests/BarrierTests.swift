import Testing

@testable import Execution

@Suite("A barrier")
struct BarrierTests {
  @Test("opens when the last host has come")
  func opens() async {
    let barrier = Barrier(count: 2)
    async let first = barrier.arrive()
    async let second = barrier.arrive()
    #expect(await [first, second] == [true, true])
  }

  @Test("turns all away when one cannot come, also those who come later")
  func breaks() async {
    let barrier = Barrier(count: 3)
    async let first = barrier.arrive()
    await barrier.withdraw()
    #expect(await first == false)
    #expect(await barrier.arrive() == false)
  }

  @Test("does not wait for a host that has nothing to do", .timeLimit(.minutes(1)))
  func excuses() async {
    let before = Barrier(count: 2)
    await before.excuse()
    #expect(await before.arrive())
    let after = Barrier(count: 2)
    async let first = after.arrive()
    try? await Task.sleep(for: .milliseconds(50))
    await after.excuse()
    #expect(await first)
  }
}
