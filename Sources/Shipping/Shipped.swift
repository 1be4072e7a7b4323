/// How far a payload has come.
public struct Shipped: Sendable, Equatable {
  public var files = 0
  public var allFiles = 0
  /// Of the files' contents, before they are compressed.
  public var bytes = 0
  public var allBytes = 0
  /// What left this machine.
  public var sent = 0

  public init() {}

  mutating func expect(fileOf size: UInt64) {
    allFiles += 1
    allBytes += Int(size)
  }
}
