import Arguments
import Execution
import Planning

/// The options of commands that work on some of a stage's hosts.
enum HostOptions {
  static let role = Option<[String]>(
    "role", value: "ROLE", "only hosts of this role; may be repeated")
  static let host = Option<[String]>("host", value: "NAME", "only this host; may be repeated")
}

extension Project {
  /// The same project with only the hosts that were asked for by name or role.
  func limited(_ invocation: Invocation) throws -> Project {
    var limited = self
    let roles = invocation[HostOptions.role]
    if !roles.isEmpty { limited = try limited.limited(to: roles) }
    let names = invocation[HostOptions.host]
    return names.isEmpty ? limited : try limited.limited(toHosts: names)
  }

  /// The same, with hosts that stay live when another one fails, if that was asked for.
  func keeping(_ invocation: Invocation) -> Project {
    var keeping = self
    if invocation[PushOptions.keep] { keeping.settings.rollout.keepsOthers = true }
    return keeping
  }

  func limited(toHosts names: [String]) throws -> Project {
    let known = settings.hosts.map(\.name)
    if let stranger = names.first(where: { !known.contains($0) }) {
      throw Failure(
        exitCode: 2, what: "the stage has no host '\(stranger)'", live: "unchanged",
        next: "there are \(known.joined(separator: ", "))")
    }
    var limited = self
    limited.settings.hosts = settings.hosts.filter { names.contains($0.name) }
    return limited
  }
}
