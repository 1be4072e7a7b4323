import Execution
import Operations
import Planning
import Remote

/// Whether the services of a host can be told of a flip by the deploy user: asked of sudo, before a
/// deploy finds out.
struct ServiceExamination {
  private let services: [Service]
  private let visit: Visit

  init(_ settings: Settings, _ visit: Visit) {
    services = settings.services.filter { $0.applies(to: visit.host, of: settings) }
    self.visit = visit
  }

  func findings() async throws -> [Finding] {
    var findings: [Finding] = []
    for service in services {
      guard let words = service.privileged else { continue }
      let answer = try await visit.session.ask(.privilege(words))
      for case .fact("privilege", let facts) in answer.events where facts.count == 2 {
        findings.append(finding(service, words, isAllowed: facts[0] == "yes", path: facts[1]))
      }
    }
    return findings
  }

  private func finding(
    _ service: Service, _ words: [String], isAllowed: Bool, path: String
  ) -> Finding {
    guard !path.isEmpty else {
      return Finding(.fail, "service", "\(service.summary): there is no '\(words[0])'")
    }
    guard !isAllowed else { return Finding(.ok, "service", service.summary) }
    return Finding(
      .fail, "service",
      "\(service.summary): \(visit.state.user) may not do that without a password",
      fix: "echo '\(Self.rule(for: visit.state.user, [path] + words.dropFirst()))' "
        + "| sudo tee /etc/sudoers.d/deploy-\(visit.state.user)-\(service.kind.rawValue)")
  }

  /// The line for sudoers, in which these characters have a meaning of their own.
  static func rule(for user: String, _ words: [String]) -> String {
    let command = words.joined(separator: " ").map {
      ",:=\\*?[]".contains($0) ? "\\\($0)" : "\($0)"
    }
    return "\(user) ALL=(root) NOPASSWD: \(command.joined())"
  }
}
