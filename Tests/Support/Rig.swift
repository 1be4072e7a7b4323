import FoundationEssentials
import Glibc
public import Operations
public import Planning
import Processes
public import Remote

/// An application's directory on this machine, and ways to change it through an agent.
public final class Rig: Sendable {
  public let scratch: TreeScratch
  public let shell: Shell
  /// The directory does not exist yet.
  public var root: String { "\(scratch.path)/app" }

  public init(_ shell: Shell) throws {
    self.shell = shell
    scratch = try TreeScratch()
  }

  public static func nonce() -> String {
    String(UInt64.random(in: 1 << 60 ... .max), radix: 16)
  }

  /// Runs a line of shell in the scratch directory; one that fails fails the test.
  @discardableResult
  public func sh(_ script: String) throws -> String {
    try scratch.run(["sh", "-euc", script])
  }

  /// Puts a program of this name where agents with the surroundings ``withFakes`` find it first.
  public func fake(_ name: String, _ script: String) throws {
    try scratch.write("#!/bin/sh\n\(script)\n", to: "bin/\(name)")
    try sh("chmod 755 bin/\(name)")
  }

  public var withFakes: Surroundings { withFakes(home: "/nonexistent") }

  public func withFakes(home: String) -> Surroundings {
    Surroundings(
      "with programs of the test's", ["HOME": home, "LANG": "C.UTF-8"],
      preamble: "", path: "\(scratch.path)/bin")
  }

  /// As `readlink`, or nothing.
  public var current: String {
    (try? Command(["readlink", "\(root)/current"]).run().text.dropLast()).map(String.init) ?? ""
  }

  public var ledger: [LedgerRecord] {
    let text = (try? String(contentsOfFile: "\(root)/.deploy/ledger.jsonl", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { SurveyReader.record(Array($0.utf8)) }
  }

  /// `event release`, for each line.
  public var story: [String] { ledger.map { "\($0.event.rawValue) \($0.release)" } }

  public var head: String {
    let words = "tail -n 1 \(root)/.deploy/ledger.jsonl 2>/dev/null | sha256sum"
    guard let text = try? sh(words), !ledger.isEmpty else {
      return String(repeating: "0", count: 64)
    }
    return String(text.prefix(64))
  }

  public func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat("\(root)/\(path)", &status) == 0
  }

  /// Whether the process runs whose number a file holds. One that nobody reaps does not.
  public func isAlive(_ file: String) throws -> Bool {
    try sh("ps -o stat= -p $(cat app/\(file)) | grep -vc Z || :") != "0\n"
  }

  public func session(
    _ surroundings: Surroundings = .plain, user: Int? = nil, nonce: String = Rig.nonce(),
    runtime: [UInt8]? = nil
  ) async throws -> AgentSession {
    try await AgentSession.begin(
      root, shell, surroundings, user: user, nonce: nonce, runtime: runtime)
  }

  /// An entry that expects what is here now.
  public func enter(wait: Int = 0, current: String? = nil, head: String? = nil)
    -> Operations.Operation
  {
    .enter(
      wait: wait, current: current ?? self.current, head: head ?? self.head,
      holder: "ann@laptop: push 1", fragment: Self.fragment)
  }

  public static let fragment = #""verb":"push","actor":"ann","client":"laptop""#

  /// One session that enters, does this and ends.
  @discardableResult
  public func carryOut(
    _ operations: [Operations.Operation], payload: [UInt8] = [],
    surroundings: Surroundings = .plain, user: Int? = nil, nonce: String = Rig.nonce(),
    entering entry: Operations.Operation? = nil
  ) async throws -> ProgramEnding {
    let session = try await session(surroundings, user: user, nonce: nonce)
    let ending = try await session.carryOut([entry ?? enter()] + operations, payload: payload)
    try await session.endAndWait()
    return ending
  }

  /// One session that asks and ends.
  public func ask(
    _ operation: Operations.Operation, surroundings: Surroundings = .plain, user: Int? = nil
  ) async throws -> AgentSession.Answer {
    let session = try await session(surroundings, user: user)
    let answer = try await session.ask(operation)
    await session.end()
    return answer
  }

  public func survey(
    shared: [String] = [], debugKeys: [String] = [], surroundings: Surroundings = .plain,
    user: Int? = nil
  ) async throws -> HostState {
    SurveyReader.read(
      try await ask(
        .survey(shared: shared, debugKeys: debugKeys), surroundings: surroundings, user: user
      ).events)
  }

  /// A release with one file, made without an agent: a directory, a manifest record and nothing else.
  public func lay(_ releases: [String], current: String? = nil) throws {
    try sh("mkdir -p app/releases app/shared app/.deploy/manifests app/.deploy/trash")
    for release in releases {
      try scratch.write(release, to: "app/releases/\(release)/name")
      try scratch.write("", to: "app/.deploy/manifests/\(release)/manifest")
      try scratch.write("sha256\n", to: "app/.deploy/manifests/\(release)/algorithm")
    }
    if let current { try sh("ln -s releases/\(current) app/current") }
  }

  /// Appends a line to the ledger as an agent would, with the right digest of the line before.
  public func journal(_ event: String, _ release: String) throws {
    try sh("mkdir -p app/.deploy")
    let line =
      #"{"seq":\#(ledger.count + 1),"event":"\#(event)","release":"\#(release)","#
      + #""at":"2026-11-20T17:33:10Z",\#(Self.fragment),"prev":"\#(head)"}"#
    try scratch.run(
      ["sh", "-c", #"printf '%s\n' "$1" >>app/.deploy/ledger.jsonl"#, "sh", line])
  }
}

extension ReleaseID {
  /// Only for texts that a test writes down.
  public static func make(_ text: String) -> ReleaseID {
    guard let id = ReleaseID(text) else { preconditionFailure("\(text) is no release") }
    return id
  }
}
