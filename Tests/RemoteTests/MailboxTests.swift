import Testing

@testable import Remote

@Suite("A mailbox")
struct MailboxTests {
  @Test("a wait ends, however short its limit is", .timeLimit(.minutes(1)))
  func shortLimits() async {
    let mailbox = Mailbox<Int>()
    // The limit can pass on one thread before the waiter stands in line on another.
    for _ in 0..<2000 { #expect(await mailbox.next(within: .zero) == nil) }
    mailbox.put(1)
    #expect(await mailbox.next(within: .seconds(20)) == 1)
  }

  @Test("values come in order, also to a reader that never catches up")
  func order() async {
    let mailbox = Mailbox<Int>()
    mailbox.put(-1)
    for number in 0..<2000 {
      mailbox.put(number)
      #expect(await mailbox.next(within: .seconds(20)) == number - 1)
      #expect(mailbox.count == 1)
    }
  }
}
