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

  /// What a hook that runs once is known by.
  public var key: String?
  public var once: String?

  /// Open, so that a line of a later version is read, shown and verified like any other.
  public struct Event: RawRepresentable, Hashable, Sendable, Codable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// Complete in `releases/`, not live yet.
    public static let prepared = Event(rawValue: "prepared")
    public static let live = Event(rawValue: "live")
    /// Found live by a session that came after one that died between flip and record.
    public static let recovered = Event(rawValue: "recovered")
    public static let adopted = Event(rawValue: "adopted")
    public static let failed = Event(rawValue: "failed")
    public static let retired = Event(rawValue: "retired")
    public static let swept = Event(rawValue: "swept")
    public static let unadopted = Event(rawValue: "unadopted")
    /// A hook ran that is not to run again, or that a rollback does not take back.
    public static let ran = Event(rawValue: "ran")
    /// For maintenance; the release is the one that was live then.
    public static let down = Event(rawValue: "down")
    public static let up = Event(rawValue: "up")

    /// Whether it says what became of the release that it names.
    var isFate: Bool { ![.ran, .down, .up].contains(self) }
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

  /// As much of a text as a field takes.
  static func cut(_ text: String) -> String {
    var bytes = 0
    let kept = text.unicodeScalars.prefix { scalar in
      bytes += scalar.utf8.count
      return bytes <= longest
    }
    return String(kept)
  }

  static func quote(_ text: String) -> String {
    var out = "\""
    for scalar in cut(text).unicodeScalars {
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
