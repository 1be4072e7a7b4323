import FoundationEssentials
import Glibc
public import Operations
import Processes
public import Remote

/// A shell that servers have, with the tools that come with it.
public struct Shell: Sendable, CustomStringConvertible {
  public let name: String
  /// Holds `sh` and, for busybox, its applets.
  let directory: String
  /// busybox alone: what it lacks (flock, b2sum) is not found elsewhere.
  let isBare: Bool

  public static let dash = Shell("dash", applets: false)
  public static let bash = Shell("bash", applets: false)
  public static let busybox = Shell("busybox", applets: true)
  public static let bareBusybox = Shell("busybox", applets: true, isBare: true)

  public static let all = [dash, bash, busybox, bareBusybox]

  public var description: String { isBare ? "\(name) alone" : name }

  /// Where `sh` and the tools are found; the runtime appends the usual places by itself.
  public var path: String { isBare ? directory : "\(directory):/usr/bin:/bin:/usr/sbin:/sbin" }

  /// The runtime that is sent; a bare one has its line with the usual places cut.
  public var runtime: [UInt8] { alter(AgentRuntime.text) }

  public func alter(_ runtime: [UInt8]) -> [UInt8] {
    guard isBare else { return runtime }
    let lines = String(decoding: runtime, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let changed = lines.map { $0.hasPrefix("PATH=") ? "PATH=\(directory)" : String($0) }
    precondition(changed != lines.map(String.init), "the runtime sets PATH no more")
    return Array(changed.joined(separator: "\n").utf8)
  }

  /// Words that start a script in this shell, with nothing else in the environment.
  public func words(_ script: String, _ arguments: [String] = []) -> [String] {
    ["env", "-i", "PATH=\(path)", "\(directory)/sh", "-c", script, "sh"] + arguments
  }

  private init(_ name: String, applets: Bool, isBare: Bool = false) {
    self.name = name
    self.isBare = isBare
    directory = Self.makeDirectory(name, applets: applets)
  }

  /// The same place in every run, so that nothing is left behind by runs that were killed.
  private static func makeDirectory(_ name: String, applets: Bool) -> String {
    let directory = "/tmp/deploy-test-shell-\(getuid())-\(name)"
    mkdir(directory, 0o755)
    symlink("/usr/bin/\(name)", "\(directory)/sh")
    // A sync waits for all that this machine writes; no test here can tell whether it was done.
    symlink("/usr/bin/true", "\(directory)/sync")
    guard applets, let list = try? Command(["busybox", "--list"]).run().text else {
      return directory
    }
    for applet in list.split(separator: "\n") where !["sh", "sync"].contains(applet) {
      symlink("/usr/bin/busybox", "\(directory)/\(applet)")
    }
    return directory
  }
}

/// What a login leaves around a command, before the runtime has a say.
public struct Surroundings: Sendable, CustomStringConvertible {
  public var description: String
  var variables: [String: String]
  var preamble: String
  /// Where programs are found first.
  var path: String?

  public init(
    _ name: String, _ variables: [String: String] = [:], preamble: String = "", path: String? = nil
  ) {
    self.path = path
    description = name
    self.variables = variables
    self.preamble = preamble
  }

  public static let plain = Surroundings(
    "plain", ["HOME": "/nonexistent", "LANG": "C.UTF-8", "USER": "deployer"])

  /// `poison` is a file whose words must never run.
  public static func hostile(poison: String) -> [Surroundings] {
    [
      plain,
      Surroundings("nothing set"),
      Surroundings("umask 077", preamble: "umask 077"),
      Surroundings("umask 000", preamble: "umask 000"),
      Surroundings("CDPATH", ["CDPATH": "/tmp:/usr:/", "HOME": "/root"]),
      Surroundings("LANG=tr_TR", ["LANG": "tr_TR.UTF-8", "LC_CTYPE": "tr_TR.UTF-8"]),
      Surroundings("LANG=C", ["LANG": "C", "LC_ALL": "C"]),
      Surroundings("ENV and BASH_ENV", ["ENV": poison, "BASH_ENV": poison]),
      Surroundings("IFS", ["IFS": "/0e1="]),
      Surroundings("POSIXLY_CORRECT", ["POSIXLY_CORRECT": "1", "TAR_OPTIONS": "--verbose"]),
      Surroundings(
        "a talkative login",
        preamble: """
          printf 'Welcome to web1\\n\\nYou have mail.\\n\\036deadbeef finished\\n'
          printf '\\036deadbeef ended 1 0\\n\\377\\376\\n'; echo 'stty: not a tty' >&2
          """),
    ]
  }
}

/// This machine through a chosen shell, as a host that a session can be begun on.
public struct ShellConnection: Connection {
  public let host = "here"
  public let shell: Shell
  public let surroundings: Surroundings
  /// Who runs the agent, when the tests run as root.
  public let user: Int?
  private let base = ProcessConnection.local(host: "here")

  public init(_ shell: Shell, _ surroundings: Surroundings = .plain, user: Int? = nil) {
    self.shell = shell
    self.surroundings = surroundings
    self.user = user
  }

  public func open(_ command: String) async throws(RemoteError) -> any Channel {
    var words = shell.words(command)
    if let path = surroundings.path { words[2] = "PATH=\(path):\(shell.path)" }
    words.insert(contentsOf: surroundings.variables.map { "\($0.key)=\($0.value)" }, at: 2)
    if let user {
      words = ["setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups"] + words
    }
    let quoted = words.map { "'\($0.replacing("'", with: "'\\''"))'" }.joined(separator: " ")
    return try await base.open("\(surroundings.preamble)\nexec \(quoted)")
  }

  public func close() async {}
}

/// How a program of operations ended, and all that was said until then.
public struct ProgramEnding: Sendable {
  public var events: [AgentEvent] = []
  public var ending: AgentEvent

  public var isFinished: Bool { ending == .finished }

  public var refusal: AgentEvent.Refusal? {
    events.lazy.compactMap { if case .refused(let refusal) = $0 { refusal } else { nil } }.first
  }

  public var complaint: String? {
    events.lazy.compactMap { if case .complaint(let text) = $0 { text } else { nil } }.first
  }

  public var output: [String] {
    events.compactMap {
      if case .output(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
  }

  /// `kind first second`, for each.
  public var notes: [String] {
    events.compactMap {
      guard case .note(let kind, let fields) = $0 else { return nil }
      return ([kind] + fields).joined(separator: " ")
    }
  }
}

extension AgentSession {
  /// Begins in an application's directory, under a shell of choice.
  public static func begin(
    _ root: String, _ shell: Shell, _ surroundings: Surroundings = .plain, user: Int? = nil,
    nonce: String = Rig.nonce(), runtime: [UInt8]? = nil
  ) async throws -> AgentSession {
    try await begin(
      on: ShellConnection(shell, surroundings, user: user), root: root,
      runtime: runtime.map(shell.alter) ?? shell.runtime, nonce: nonce)
  }

  /// Ends the session, and returns when the agent has done what it does after that.
  public func endAndWait() async throws {
    await hangUp()
    while true {
      if case .gone = try await event(within: .seconds(60)) { break }
    }
    await end()
  }

  /// Carries a program out to its end. `payload` goes when the agent asks for it.
  public func carryOut(
    _ operations: [Operations.Operation], payload: [UInt8] = [],
    within limit: Duration = .seconds(60)
  ) async throws -> ProgramEnding {
    let numbers = try await start(operations)
    var result = ProgramEnding(ending: .finished)
    while true {
      let event = try await event(within: limit)
      switch event {
      case .finished, .stopped, .gone:
        result.ending = event
        return result
      case .began(let number) where operations[number - numbers.lowerBound].verb == "receive":
        for start in stride(from: 0, to: payload.count, by: 60_000) {
          try await sendPayload(Array(payload[start..<min(start + 60_000, payload.count)]))
        }
        try await sendPayload([])
      default: result.events.append(event)
      }
    }
  }
}

extension Shell: Equatable {
  public static func == (left: Shell, right: Shell) -> Bool {
    left.directory == right.directory && left.isBare == right.isBare
  }

  /// A line that reads the runtime's functions, to be called by a test: they are longer than a word may be.
  public var functions: String {
    let text = Data(functionsText.utf8)
    // By its content, so that what runs beside it with another runtime has a file of its own.
    let sum = text.reduce(UInt64(5381)) { $0 &* 33 &+ UInt64($1) }
    let path = "\(directory)/functions-\(sum)"
    let name = "\(path)-\(UInt32.random(in: 0...(.max)))"
    do {
      try text.write(to: URL(filePath: name))
    } catch { preconditionFailure("cannot write \(name): \(error)") }
    rename(name, path)
    return ". '\(path)'\n"
  }

  /// The runtime without its last lines, which start a session.
  private var functionsText: String {
    let lines = String(decoding: runtime, as: UTF8.self).split(separator: "\n")
    guard let start = lines.lastIndex(of: "trap : TERM"), lines[start + 1] == "{"
    else {
      preconditionFailure("the runtime ends in another way")
    }
    return lines[..<start].joined(separator: "\n") + "\n"
  }
}
