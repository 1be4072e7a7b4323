import Remote
import Shipping

extension PlanRun {
  func send(_ source: PayloadSource, lacking: Set<Int>) async -> ShippingError? {
    var sent = 0
    do throws(ShippingError) {
      guard let base = source.base else {
        try await send(
          try Payload(
            tree: source.tree, manifest: source.manifest, compression: source.compression), &sent)
        return nil
      }
      let delta = Delta(from: base, to: source.manifest, lacking: lacking)
      for part in Payload.Part.allCases {
        try await send(
          try Payload(
            part, of: delta, tree: source.tree, manifest: source.manifest,
            compression: source.compression), &sent)
      }
      return nil
    } catch {
      await session.hangUp()
      return error
    }
  }

  private func send(
    _ payload: consuming Payload, _ sent: inout Int
  ) async throws(ShippingError) {
    var block = Block()
    while let piece = try payload.next() {
      block.bytes += piece
      guard block.isFull else { continue }
      guard !Task.isCancelled, await block.leave(through: session) else { return }
      sent += block.lastCount
      tell(payload.shipped, sent)
    }
    guard await block.leave(through: session) else { return }
    sent += block.lastCount
    tell(payload.shipped, sent)
    try? await session.sendPayload([])
  }

  private func tell(_ shipped: Shipped, _ sent: Int) {
    var shipped = shipped
    shipped.sent = sent
    report(.sent(shipped))
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
      lastCount = bytes.count
      guard !bytes.isEmpty else { return true }
      let began = ContinuousClock.now
      guard (try? await session.sendPayload(bytes)) != nil else { return false }
      let seconds = began.duration(to: .now) / .seconds(1)
      if seconds < 0.5 { size = min(size * 2, 1 << 20) }
      if seconds > 4 { size = max(size / 2, 64 * 1024) }
      bytes.removeAll(keepingCapacity: true)
      return true
    }
  }
}
