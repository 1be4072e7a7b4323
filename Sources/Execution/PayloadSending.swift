import Remote
import Shipping

extension PlanRun {
  func send(_ source: PayloadSource) async -> ShippingError? {
    do throws(ShippingError) {
      var payload = try Payload(
        tree: source.tree, manifest: source.manifest, compression: source.compression)
      var sent = 0
      var block = Block()
      while let piece = try payload.next() {
        block.bytes += piece
        guard block.isFull else { continue }
        guard !Task.isCancelled, await block.leave(through: session) else { return nil }
        sent += block.lastCount
        var shipped = payload.shipped
        shipped.sent = sent
        report(.sent(shipped))
      }
      guard await block.leave(through: session) else { return nil }
      try? await session.sendPayload([])
      return nil
    } catch {
      await session.hangUp()
      return error
    }
  }

  /// Pieces of the payload on their way together. A block costs the agent a few processes, so
  /// that small ones are slow on a fast link; on a slow link a large one looks like silence.
  private struct Block {
    var bytes: [UInt8] = []
    private(set) var lastCount = 0
    private var size = 256 * 1024

    var isFull: Bool { bytes.count >= size }

    /// False when the other side takes no more.
    mutating func leave(through session: AgentSession) async -> Bool {
      guard !bytes.isEmpty else { return true }
      let began = ContinuousClock.now
      guard (try? await session.sendPayload(bytes)) != nil else { return false }
      let seconds = began.duration(to: .now) / .seconds(1)
      if seconds < 0.5 { size = min(size * 2, 1 << 20) }
      if seconds > 4 { size = max(size / 2, 64 * 1024) }
      lastCount = bytes.count
      bytes.removeAll(keepingCapacity: true)
      return true
    }
  }
}
