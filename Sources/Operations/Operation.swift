/// One thing the agent on a server can do: a verb, its fields, and what it is in words.
///
/// Each verb has a home of its own: a Swift file with a function that builds the value, and
/// beside it the `.sh` function that carries it out. Fields travel encoded; shell text never varies.
public struct Operation: Sendable, Equatable {
  public let verb: String
  public let fields: [[UInt8]]
  /// A sentence for `deploy plan`: what this does, in the imperative.
  public let summary: String

  init(_ verb: String, _ fields: [String], _ summary: String) {
    self.init(verb, fields.map { Array($0.utf8) }, summary)
  }

  init(_ verb: String, _ fields: [[UInt8]], _ summary: String) {
    self.verb = verb
    self.fields = fields
    self.summary = summary
  }

  /// The line that the agent reads: number, verb, and every field behind an equals sign, so that an
  /// empty field is still a word.
  public func line(number: Int) -> String {
    (["\(number)", verb] + fields.map { "=" + Escape.encode($0) }).joined(separator: " ")
  }

  /// Whether the agent finishes alone from here on.
  public var isPointOfNoReturn: Bool { verb == "flip" }

  /// Whether the client sends files as soon as this has begun.
  public var takesPayload: Bool { verb == "receive" || verb == "patch" }

  /// Whether an end without a word leaves open if shared data was replaced.
  public var replacesSharedData: Bool { verb == "put_env" }
}
