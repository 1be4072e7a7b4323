import Planning
import Remote
import Shipping

/// Makes a manifest of the lines that an agent sent.
enum ManifestReader {
  static func read(_ events: [AgentEvent]) throws(ShippingError) -> Manifest? {
    var algorithm: DigestAlgorithm?
    var text: [UInt8] = []
    for event in events {
      switch event {
      case .algorithm(let name): algorithm = DigestAlgorithm(rawValue: name)
      case .entry(let line): text += line + [UInt8(ascii: "\n")]
      default: break
      }
    }
    guard let algorithm else { return nil }
    return try Manifest(text: text, algorithm: algorithm)
  }
}
