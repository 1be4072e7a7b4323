/// What a release asks of a host's environment file, and how the file breaks it.
///
/// Pure: names and digests come from the survey, and values only of keys that a rule names.
public struct EnvContract: Sendable {
  public let settings: Settings.Env
  public let example: Example?
  public let host: HostState.EnvFile

  /// The release's list of keys.
  public struct Example: Sendable, Equatable {
    public var keys: [String]
    /// SHA-256 in hexadecimal, as the survey tells it of the host's file.
    public var digest: String

    public init(keys: [String], digest: String) {
      self.keys = keys
      self.digest = digest
    }
  }

  public enum Finding: Sendable, Equatable {
    case missing(keys: [String], example: String)
    /// Somebody copied the example and went home.
    case isExample(String)
    case debug(Settings.Env.Rule)
  }

  public init(settings: Settings.Env, example: Example?, host: HostState.EnvFile) {
    self.settings = settings
    self.example = example
    self.host = host
  }

  public var findings: [Finding] {
    var findings: [Finding] = []
    if let example {
      let missing = asked(example.keys).filter { !host.keys.contains($0) }
      if !missing.isEmpty {
        findings.append(.missing(keys: missing, example: settings.example))
      }
      if example.digest == host.digest, !asked(example.keys).isEmpty {
        findings.append(.isExample(settings.example))
      }
    }
    return findings + broken.map(Finding.debug)
  }

  private func asked(_ keys: [String]) -> [String] {
    keys.filter { !settings.allow.contains($0) }
  }

  private var broken: [Settings.Env.Rule] {
    settings.debug.filter { rule in
      guard let blamed = rule.key, !settings.allow.contains(blamed) else { return false }
      return rule.assignments.allSatisfy { holds($0.key, $0.value) }
    }
  }

  private func holds(_ key: String, _ value: String) -> Bool {
    let found = (host.asked[key] ?? "").lowercased()
    let wanted = value.lowercased()
    // Frameworks know several words for yes, and a rule names one.
    return found == wanted || (Self.yes.contains(wanted) && Self.yes.contains(found))
  }

  private static let yes: Set<String> = ["true", "(true)", "1", "on", "yes"]

  /// A push's look at it. A file that is not shared reaches no release, so nothing is asked of it.
  static func check(
    _ settings: Settings, _ state: HostState, example: Example?
  ) throws(PlanningError) {
    guard settings.shared.files.contains(settings.env.file), let file = state.env else { return }
    let findings = EnvContract(settings: settings.env, example: example, host: file).findings
    guard findings.isEmpty else {
      throw .envContract(file: settings.env.file, findings: findings)
    }
  }
}

extension EnvContract.Finding {
  public func words(file: String) -> String {
    switch self {
    case .missing(let keys, let example):
      "shared/\(file) lacks \(keys.joined(separator: ", ")), which \(example) names"
    case .isExample(let example): "shared/\(file) is still \(example), byte for byte"
    case .debug(let rule): "shared/\(file) has \(rule.shown)"
    }
  }

  /// What to type.
  public var next: String {
    switch self {
    case .missing(let keys, _):
      "`deploy env set \(keys.first ?? "KEY")`, or `--allow \(keys.first ?? "KEY")` if it is not needed"
    case .isExample: "`deploy env edit`, and give each key this host's own value"
    case .debug(let rule):
      "`deploy env set \(rule.key ?? "KEY")`, or `--allow \(rule.key ?? "KEY")` when it is meant"
    }
  }
}

extension Settings.Env {
  /// The only keys whose values a survey tells.
  public var debugKeys: [String] { debug.flatMap { $0.assignments.map(\.key) }.firstOfEach }
}

extension Settings.Env.Rule {
  public var assignments: [(key: String, value: String)] {
    text.split(separator: " ").map { part in
      let end = part.firstIndex(of: "=") ?? part.endIndex
      return (String(part[..<end]), String(part[end...].dropFirst()))
    }
  }

  var key: String? { assignments.first?.key }

  var shown: String {
    assignments.map { $0.value.isEmpty ? "no \($0.key)" : "\($0.key)=\($0.value)" }
      .joined(separator: " and ")
  }
}
