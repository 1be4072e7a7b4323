import Glibc

/// A program of this machine, started by `posix_spawn` (Foundation's Process would triple the binary).
public struct Command: Sendable {
  public var words: [String]
  public var directory: String?
  /// nil inherits ours.
  public var environment: [String: String]?
  public var input: [UInt8]

  public init(
    _ words: [String], in directory: String? = nil, environment: [String: String]? = nil,
    input: [UInt8] = []
  ) {
    self.words = words
    self.directory = directory
    self.environment = environment
    self.input = input
  }

  public struct Result: Sendable, Equatable {
    /// The exit status; 128 plus the signal's number when one ended it, as shells say.
    public var status: Int32
    public var output: [UInt8]
    public var errors: [UInt8]

    public var text: String { String(decoding: output, as: UTF8.self) }
    public var errorText: String { String(decoding: errors, as: UTF8.self) }
  }

  /// Runs to the end and returns what was printed. Only what cannot be started throws.
  public func run() throws(ProcessError) -> Result {
    let child = try Child.start(self, input: .pipe, output: .pipe, errors: .pipe)
    return child.collect(feeding: input)
  }
}

public enum ProcessError: Error, Sendable, Equatable, CustomStringConvertible {
  case cannotStart(program: String, errno: Int32)

  public var description: String {
    switch self {
    case .cannotStart(let program, let code):
      "cannot start '\(program)': \(String(cString: strerror(code)))"
    }
  }
}
