/// One line of the ledger: what changed, when, by whom.
public struct LedgerRecord: Sendable, Equatable, Codable {
  public var seq: Int
  public var event: Event
  public var release: String
  public var at: String
  public var verb: String
  public var actor: String
  public var client: String
  /// What was live before, for an event that changed that.
  public var from: String?
  public var why: String?
  /// What had failed, where `why` is `returned`.
  public var reason: String?
  public var commit: String?
  public var branch: String?
  public var subject: String?
  /// Digest of the manifest.
  public var tree: String?
  public var prev: String

  public enum Event: String, Sendable, Codable {
    /// Complete in `releases/`, not live yet.
    case prepared
    case live
    /// Found live by a session that came after one that died between flip and record.
    case recovered
    case adopted
    case failed
    case retired
    case swept
    case unadopted
  }

  /// `returned: health check ...`
  public var whyInFull: String? {
    let parts = [why, reason].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ": ")
  }

  /// Whether this line says what `current` pointed to from then on.
  public var makesLive: Bool { event == .live || event == .recovered || event == .adopted }
}

/// JSON members that the client contributes to a ledger line, in the order given; nil is left out.
public enum LedgerMembers {
  public static func text(_ members: KeyValuePairs<String, String?>) -> String {
    members.compactMap { name, value in value.map { "\"\(name)\":\(quote($0))" } }
      .joined(separator: ",")
  }

  /// A field is cut at this many bytes, so that no commit message can make a line endless.
  static let longest = 2000

  static func quote(_ text: String) -> String {
    var out = "\""
    var bytes = 0
    for scalar in text.unicodeScalars {
      bytes += scalar.utf8.count
      guard bytes <= longest else { break }
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case _
      where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
        || scalar.value == 0x2028 || scalar.value == 0x2029:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
