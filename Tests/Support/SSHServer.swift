import FoundationEssentials
import Glibc
import Processes
import Synchronization

/// A private sshd on 127.0.0.1 with throwaway keys, for as long as the value lives.
///
/// It serves the user who runs the tests. `stop()` ends it and every process of its connections.
public final class SSHServer: Sendable {
  public struct Options: Sendable {
    public var hostKeys: [SSHServerKey.Kind] = [.ed25519]
    /// Public keys that may log in, as lines.
    public var authorizedKeys: [String] = []
    /// Lines for sshd_config. They come first, so that they win.
    public var configuration: [String] = []
    /// A program that gets each command in SSH_ORIGINAL_COMMAND, in place of the login shell.
    public var wrapper: String?

    public init(
      hostKeys: [SSHServerKey.Kind] = [.ed25519], authorizedKeys: [String] = [],
      configuration: [String] = [], wrapper: String? = nil
    ) {
      self.hostKeys = hostKeys
      self.authorizedKeys = authorizedKeys
      self.configuration = configuration
      self.wrapper = wrapper
    }
  }

  public let port: Int
  public let directory: String
  public let hostKeys: [SSHServerKey]
  private let child: Child
  private let isRunning = Mutex(true)

  public init(_ options: Options = Options()) throws {
    let directory = try Scratch.directory("sshd")
    self.directory = directory
    port = try Scratch.freePort()
    hostKeys = try options.hostKeys.map { kind in
      try SSHServerKey.make(kind, at: "\(directory)/host_\(kind.rawValue)")
    }
    // sshd refuses to start as root without its privilege separation directory.
    if getuid() == 0 { mkdir("/run/sshd", 0o755) }
    try Scratch.write(
      options.authorizedKeys.joined(separator: "\n") + "\n", to: "\(directory)/keys")
    let lines =
      options.configuration + [
        "ListenAddress 127.0.0.1:\(port)",
        "PidFile none",
        "AuthorizedKeysFile \(directory)/keys",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "MaxStartups 200",
        "MaxSessions 100",
        "LogLevel DEBUG1",
        // Debian's bash reads .bashrc when sshd starts it, unless it believes to be a sub-shell.
        "SetEnv SHLVL=1",
      ] + hostKeys.map { "HostKey \($0.path)" }
      + (options.wrapper.map { ["ForceCommand \($0)"] } ?? [])
    try Scratch.write(lines.joined(separator: "\n") + "\n", to: "\(directory)/config")
    // Not `-e`: with that, what sshd notes as it starts a command lands in the command's errors.
    child = try Child.start(
      Command(["/usr/sbin/sshd", "-D", "-E", "\(directory)/log", "-f", "\(directory)/config"]),
      input: .null, output: .null, errors: .null, ownSession: true)
    try waitUntilReady()
  }

  deinit { stop() }

  public func stop() {
    let wasRunning = isRunning.withLock { running in
      defer { running = false }
      return running
    }
    guard wasRunning else { return }
    let connections = Self.descendants(of: child.pid)
    kill(child.pid, SIGTERM)
    _ = child.wait()
    for pid in connections { kill(pid, SIGKILL) }
    Scratch.remove(directory)
  }

  /// Kills what serves the connections, and leaves the listener: as when a host's sshd is killed.
  public func killConnections() {
    for pid in Self.descendants(of: child.pid) { kill(pid, SIGKILL) }
  }

  public var log: String {
    (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? ""
  }

  /// TCP connections so far, the one that found it ready not counted.
  public var connections: Int { count("Connection from ") - 1 }
  /// Commands that were asked for so far.
  public var executions: Int { count(" request exec reply ") }

  /// Lines for a known_hosts file.
  public func knownHosts(as name: String? = nil) -> String {
    hostKeys.map { "\(name ?? "[127.0.0.1]:\(port)") \($0.publicLine)\n" }.joined()
  }

  private func count(_ words: String) -> Int {
    log.split(whereSeparator: \.isNewline).count { $0.contains(words) }
  }

  private func waitUntilReady() throws {
    var isUp = false
    for _ in 0..<1000 {
      if !isUp { isUp = Scratch.answers(port) }
      // The log tells of that one connection a little later; it must not be counted as a test's.
      if isUp, connections >= 0 { return }
      usleep(10_000)
    }
    throw Scratch.Failure(words: "sshd did not start:\n\(log)")
  }

  private static func descendants(of pid: Int32) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    var children: [Int32: [Int32]] = [:]
    for process in names.compactMap({ Int32($0) }) {
      guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
        let end = text.lastIndex(of: ")")
      else { continue }
      let fields = text[text.index(after: end)...].split(separator: " ")
      if fields.count > 1, let parent = Int32(fields[1]) {
        children[parent, default: []].append(process)
      }
    }
    var found: [Int32] = []
    var next = children[pid] ?? []
    while let process = next.popLast() {
      found.append(process)
      next += children[process] ?? []
    }
    return found
  }
}
