import Execution

/// What a command works with: where it was started, who it talks to, and whether it was asked to stop.
struct Context: Sendable {
  var console: Console
  let environment: [String: String]
  let directory: String
  let interruption: Interruption
  let aftermath = Aftermath()
}

/// Ends a command whose report is printed already.
struct Ended: Error {
  let exitCode: Int32
}
