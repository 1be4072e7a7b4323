internal import Glibc
internal import Remote

/// The known_hosts files of one connection, read as OpenSSH reads them.
///
/// libssh2's own reader is not used: it ignores `@revoked` and wildcards, calls a host known by
/// another key type unknown, and stops at the first bad line.
public struct KnownHosts: Sendable {
  /// A line, for messages: `~/.ssh/known_hosts:12`.
  public struct Place: Sendable, Equatable, CustomStringConvertible {
    public let file: String
    public let line: Int

    public var description: String { "\(file):\(line)" }
  }

  public enum Verdict: Sendable, Equatable {
    case known(Place)
    case unknown
    /// The host is known by other keys only. The place is one of theirs.
    case changed(Place)
    case revoked(Place)
  }

  private struct Entry: Sendable {
    let place: Place
    let line: KnownHostsLine
  }

  private let entries: [Entry]

  /// Files that are missing or unreadable count as empty, as they do for ssh.
  public init(files: [String]) {
    entries = files.flatMap { file in
      let bytes = File.read(file, limit: 16 << 20) ?? []
      return bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated()
        .compactMap { number, text in
          KnownHostsLine(text).map { Entry(place: Place(file: file, line: number + 1), line: $0) }
        }
    }
  }

  /// The name under which a host is filed: `web1`, or `[web1]:2222` off the standard port.
  public static func name(_ host: String, port: Int) -> String {
    port == 22 ? host.lowercased() : "[\(host.lowercased())]:\(port)"
  }

  /// What is known of a key that a host presented.
  ///
  /// An alias stands alone. Otherwise a host on another port that has no entry of its own may be
  /// vouched for by an entry without a port, as OpenSSH has it: by the same key only.
  public func verdict(host: String, port: Int, alias: String? = nil, key: HostKey) -> Verdict {
    guard alias == nil else { return verdict(name: alias ?? host, key: key) }
    let verdict = verdict(name: Self.name(host, port: port), key: key)
    guard verdict == .unknown, port != 22 else { return verdict }
    switch self.verdict(name: Self.name(host, port: 22), key: key) {
    case .known(let place): return .known(place)
    case .revoked(let place): return .revoked(place)
    case .unknown, .changed: return .unknown
    }
  }

  /// The types by which a host is known, so that it is asked for a key that can be checked. An
  /// entry without a port has no say here, nor has a type whose first key is revoked: so it is with
  /// ssh, and a host must not be safe with one and refused by the other.
  public func types(host: String, port: Int, alias: String? = nil) -> Set<String> {
    let name = alias ?? Self.name(host, port: port)
    let own = entries.filter { $0.line.marker == .none && $0.line.names(name) }.map(\.line.key)
    let types = Set(own.map(\.type))
    return types.filter { type in
      guard let first = own.first(where: { $0.type == type }) else { return false }
      if case .revoked = verdict(name: name, key: first) { return false }
      return true
    }
  }

  /// Whether a certificate authority is named for the host, which libssh2 cannot make use of.
  public func hasAuthority(host: String, port: Int, alias: String? = nil) -> Bool {
    let name = alias ?? Self.name(host, port: port)
    return entries.contains { $0.line.marker == .authority && $0.line.names(name) }
  }

  private func verdict(name: String, key: HostKey) -> Verdict {
    var verdict = Verdict.unknown
    for entry in entries where entry.line.names(name) {
      switch entry.line.marker {
      case .authority: continue
      case .revoked:
        if entry.line.key == key { return .revoked(entry.place) }
      case .none:
        if case .known = verdict { continue }
        verdict = entry.line.key == key ? .known(entry.place) : .changed(entry.place)
      }
    }
    return verdict
  }
}
