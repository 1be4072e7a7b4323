import Glibc
import Operations

/// The next release's name: UTC by this machine's clock, with six hexadecimal digits when that second
/// is taken on some host.
enum ReleaseName {
  static func next(taken: Set<String>, now: Int = Int(time(nil))) -> ReleaseID {
    var seconds = time_t(now)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ number: Int32, _ width: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(width - text.count, 0)) + text
    }
    let stamp =
      padded(parts.tm_year + 1900, 4) + padded(parts.tm_mon + 1, 2) + padded(parts.tm_mday, 2) + "-"
      + padded(parts.tm_hour, 2) + padded(parts.tm_min, 2) + padded(parts.tm_sec, 2)
    var name = stamp
    while true {
      if !taken.contains(name), let id = ReleaseID(name) { return id }
      let suffix = String(UInt32.random(in: 0x100000...0xffffff), radix: 16)
      name = "\(stamp)-\(suffix)"
    }
  }
}
