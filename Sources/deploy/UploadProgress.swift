import Shipping

/// The words of the live line while files are sent: what is done, how fast, how long it will take.
struct UploadProgress {
  private struct Host {
    let name: String
    let began: ContinuousClock.Instant
    var latest: ContinuousClock.Instant
    var shipped: Shipped

    /// Nothing is said of a speed before a second has passed: it would be a guess.
    var rate: Double? {
      let seconds = began.duration(to: latest) / .seconds(1)
      return seconds >= 1 ? Double(shipped.bytes) / seconds : nil
    }

    var secondsLeft: Int? {
      guard let rate, rate > 0 else { return nil }
      return Int((Double(shipped.allBytes - shipped.bytes) / rate).rounded(.up))
    }

    var percent: Int {
      shipped.allBytes > 0 ? Int(Double(shipped.bytes) / Double(shipped.allBytes) * 100) : 100
    }
  }

  /// In the order in which they were begun, so that each keeps its place on the line.
  private var hosts: [Host] = []

  mutating func note(_ shipped: Shipped, of host: String, at now: ContinuousClock.Instant) {
    if let index = hosts.firstIndex(where: { $0.name == host }) {
      hosts[index].shipped = shipped
      hosts[index].latest = now
    } else {
      hosts.append(Host(name: host, began: now, latest: now, shipped: shipped))
    }
  }

  /// The longest of several forms that fits: the end of a line that is cut would be what matters most.
  func words(width: Int) -> String {
    let forms = hosts.count == 1 ? hosts.flatMap(Self.forms) : joined
    return forms.first { $0.count < width } ?? forms.last ?? ""
  }

  private static func forms(_ host: Host) -> [String] {
    let shipped = host.shipped
    let bytes = "\(byteCount(shipped.bytes)) of \(byteCount(shipped.allBytes))"
    let left = host.secondsLeft.map { ", \(time($0)) left" } ?? ""
    let rate = host.rate.map { ", \(byteCount(Int($0)))/s" } ?? ""
    return [
      "\(host.name): \(shipped.files) of \(shipped.allFiles) files, \(bytes)\(rate)\(left)",
      "\(host.name): \(bytes)\(rate)\(left)", "\(host.name): \(host.percent) %\(left)",
      "\(host.percent) %\(left)",
    ]
  }

  /// All hosts side by side; when that is too long, the one that will take longest.
  private var joined: [String] {
    let left = hosts.compactMap(\.secondsLeft).max().map { ", \(Self.time($0)) left" } ?? ""
    let each = hosts.map { "\($0.name) \($0.percent) %" }.joined(separator: ", ")
    let slowest = hosts.min { $0.percent < $1.percent }
    return [
      each + left, "\(hosts.count) hosts: \(slowest?.percent ?? 0) % and more\(left)",
      "\(slowest?.percent ?? 0) %\(left)",
    ]
  }

  private static func time(_ seconds: Int) -> String {
    seconds < 100 ? "\(seconds) s" : "\((seconds + 59) / 60) min"
  }
}
