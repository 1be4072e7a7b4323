import Operations
import Remote
import Shipping

extension PlanRun {
  /// What is known so far of the program's way through the host.
  struct Progress {
    var first = 1
    var operation: Operation?
    var began = ContinuousClock.now
    var sending: Task<ShippingError?, Never>?
    var isAllSent = false
    var isCommitted = false
    var hasFlipBegun = false
    var hasFlipped = false
    var isRecorded = false
    var isStuck = false
    /// Something failed: what comes now is about putting things right.
    var hasFailed = false
    var returnedTo: String?
    var refusal: AgentEvent.Refusal?
    /// Why the host cannot do with a delta.
    var unfit: String?
    /// Lines of the base manifest that the host cannot stand for.
    var lacking: Set<Int> = []
    var complaint: String?
    var lines: [String] = []
    var notes: [String] = []

    /// The last lines before a failure tell why it came to that; those after it do not.
    mutating func keep(_ line: [UInt8], upTo count: Int) {
      guard !hasFailed else { return }
      lines.append(String(decoding: line, as: UTF8.self))
      if lines.count > count { lines.removeFirst() }
    }
  }
}
