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
    var returnedTo: String?
    var refusal: AgentEvent.Refusal?
    var complaint: String?
    var lines: [String] = []
    var notes: [String] = []
  }
}
