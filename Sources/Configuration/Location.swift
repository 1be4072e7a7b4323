/// Where something was written: a place in a file, or the flag it was given with.
public struct Location: Sendable, Hashable, CustomStringConvertible {
  public var file: String
  /// From 1; 0 for what comes from no line, such as a flag.
  public var line: Int
  /// In characters, from 1.
  public var column: Int

  public init(file: String, line: Int = 0, column: Int = 0) {
    self.file = file
    self.line = line
    self.column = column
  }

  public var description: String { line == 0 ? file : "\(file):\(line):\(column)" }
}
