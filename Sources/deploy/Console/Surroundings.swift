import Glibc

/// What the console knows of the place it writes to.
struct Surroundings: Sendable, Equatable {
  /// Columns of the terminal; nil when there is none.
  var columns: Int?
  var resultsAreTerminal = false
  var reportsAreTerminal = false
  var environment: [String: String] = [:]

  /// Asks the process's own descriptors and environment.
  static func current() -> Surroundings {
    var environment: [String: String] = [:]
    var entry = environ
    while let variable = entry.pointee {
      let parts = String(cString: variable).split(separator: "=", maxSplits: 1)
      if let name = parts.first {
        environment[String(name)] = parts.dropFirst().first.map(String.init) ?? ""
      }
      entry += 1
    }
    return Surroundings(
      columns: columns(of: STDERR_FILENO) ?? columns(of: STDOUT_FILENO),
      resultsAreTerminal: isatty(STDOUT_FILENO) == 1,
      reportsAreTerminal: isatty(STDERR_FILENO) == 1, environment: environment)
  }

  func isTerminal(_ stream: Stream) -> Bool {
    switch stream {
    case .results: resultsAreTerminal
    case .reports: reportsAreTerminal
    }
  }

  /// https://no-color.org: set and not empty.
  func hasStyles(_ stream: Stream) -> Bool {
    isTerminal(stream) && environment["NO_COLOR", default: ""].isEmpty && !isDumb
  }

  /// A line that is rewritten in place needs someone watching and a terminal that can.
  var canRewriteLines: Bool { reportsAreTerminal && !isDumb && !isCI }

  var isCI: Bool { !["", "0", "false"].contains(environment["CI", default: ""]) }

  /// The terminal's, else what COLUMNS says, else 80. Fewer than 40 could not hold a table.
  var width: Int { max(40, columns ?? environment["COLUMNS"].flatMap { Int($0) } ?? 80) }

  private var isDumb: Bool { environment["TERM"] == "dumb" }

  private static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
