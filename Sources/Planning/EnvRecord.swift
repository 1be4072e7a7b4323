/// One version of an environment file: who, when and why, and names of keys. Never a value.
public struct EnvRecord: Sendable, Equatable, Codable {
  public var version: Int
  public var at: String
  public var file: String
  public var event: Event
  public var actor: String
  public var client: String
  public var why: String?
  /// The version that a rollback returned to.
  public var restores: Int?
  /// Of the content; `-` when the file was gone.
  public var digest: String
  public var added: [String]
  public var changed: [String]
  public var removed: [String]

  public enum Event: String, Sendable, Codable {
    case set
    case unset
    case edit
    case rollback
    /// What stood there before this tool first changed it.
    case found
    /// Changed on the host, by whatever hand, since the version before.
    case hand
  }
}

/// An environment file and its versions, as one reading found them.
public struct EnvSnapshot: Sendable, Equatable {
  /// Nil when there is no file.
  public var content: [UInt8]?
  public var digest: String
  /// Versions of this file in their order.
  public var records: [EnvRecord]
  /// Bytes of the last version, when they are not the file's own.
  public var lastContent: [UInt8]?

  public init(
    content: [UInt8]?, digest: String, records: [EnvRecord] = [], lastContent: [UInt8]? = nil
  ) {
    self.content = content
    self.digest = digest
    self.records = records
    self.lastContent = lastContent
  }

  public var file: Dotenv { Dotenv(content ?? []) }

  /// Whether nobody's version is what stands there now.
  public var isChangedByHand: Bool {
    guard let last = records.last else { return content != nil }
    return last.digest != digest
  }

  /// Where a rollback goes that names no version: one rollback after another goes further back.
  public var previous: EnvRecord? {
    guard let last = records.last else { return nil }
    if isChangedByHand { return last }
    let start = last.restores ?? last.version
    return records.last { $0.version < start && $0.digest != digest && $0.digest != "-" }
  }
}
