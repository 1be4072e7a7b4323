import Execution
import Operations
import Planning
import Remote

/// Asks a host for all that could lose shared data or keep the application from it, and judges the answers.
struct SharedAudit {
  let visit: Visit
  let settings: Settings
  /// The web server's user, when a person named it.
  let user: String?

  func findings() async throws -> [Finding] {
    let holdings = SharedHoldings(try await ask(.holdings(declared: declared)))
    return declarations(holdings) + (try await links()) + (try await probe(holdings))
      + (try await modes()) + (try await caches()) + (try await dangers()) + kept(holdings)
  }

  private var declared: [String] {
    settings.shared.directories + settings.shared.files + settings.optionalDirectories
  }

  private func ask(_ operation: Operation) async throws -> [AgentEvent] {
    let answer = try await visit.session.ask(operation, within: .seconds(600))
    guard answer.status == 0 else {
      throw Failure(
        answer.refusal, complaint: answer.complaint, asking: operation.verb, of: visit,
        command: "deploy shared verify")
    }
    return answer.events
  }

  private func facts(_ operation: Operation) async throws -> [(name: String, words: [String])] {
    try await ask(operation).compactMap {
      if case .fact(let name, let words) = $0 { (name, words) } else { nil }
    }
  }

  // MARK: What is declared

  private func declarations(_ holdings: SharedHoldings) -> [Finding] {
    let optional = settings.optionalDirectories
    let there = holdings.holdings.filter { $0.sort == "declared" }
    let missing = there.filter { $0.kind == "missing" && !optional.contains($0.path) }
    var findings = missing.map { holding in
      settings.shared.files.contains(holding.path)
        ? Finding(
          .fail, "declared", "shared/\(holding.path) is required and missing",
          fix: "put it at \(visit.host.path)/shared/\(holding.path)")
        : Finding(
          .warn, "declared", "shared/\(holding.path) is declared and missing", fix: "deploy setup")
    }
    findings += there.filter { $0.kind == "other" }.map {
      Finding(.fail, "declared", "shared/\($0.path) is no file and no directory")
    }
    if findings.isEmpty, !there.isEmpty {
      let count = there.count { $0.kind != "missing" }
      findings.append(Finding(.ok, "declared", "\(counted(count, "path")) in shared/"))
    }
    if let label = holdings.unfinished {
      findings.append(
        Finding(
          .fail, "restore", SharedList.unfinishedWords(label), fix: "deploy shared restore FILE"))
    }
    return findings
  }

  // MARK: Links

  private func links() async throws -> [Finding] {
    var findings: [Finding] = []
    let standing = visit.state.releases.last { $0.state == .standing }?.id.text
    for (release, isLive) in [(visit.state.liveName, true), (standing, false)] {
      guard let release else { continue }
      let facts = try await facts(
        .audit(
          release, root: settings.docroot.root ?? ".",
          declared: isLive ? settings.shared.directories + settings.shared.files : []))
      let bad = facts.filter { $0.name != "sound" }.map {
        finding($0.name, $0.words, in: release, isLive: isLive)
      }
      let sound = facts.first { $0.name == "sound" }?.words.first ?? "0"
      findings += bad
      if bad.isEmpty {
        findings.append(
          Finding(.ok, "links", "all \(sound) of \(release)\(isLive ? ", live" : "")"))
      }
    }
    return findings
  }

  private func finding(
    _ name: String, _ words: [String], in release: String, isLive: Bool
  ) -> Finding {
    func word(_ index: Int) -> String { index < words.count ? words[index] : "" }
    let isOurs = name == "link"
    let (path, target) = isOurs ? (word(2), word(3)) : (word(1), word(2))
    let place = "\(path) of \(release)"
    // A release that is not live is linked anew before it is.
    let level: Finding.Level = isLive ? .fail : .warn
    switch word(0) {
    case "missing":
      return Finding(
        level, "link",
        "\(place) is missing"
          + (word(1) == "no" ? ", and so is shared/\(path)" : ""),
        fix: "deploy push --force")
    case "real":
      return Finding(
        level, "link", "\(place) is a real file or directory, not a link: it dies with its release",
        fix: "deploy shared adopt \(path)")
    case "dangling":
      return Finding(
        level, "link", "\(place) leads to '\(target)', which is not there",
        fix: isOurs ? "deploy setup, or put shared/\(path) back" : nil)
    case "absolute":
      return Finding(
        .warn, "link", "\(place) is absolute ('\(target)'): it leaves with the machine's paths",
        fix: isOurs ? "deploy push --force" : "make it relative in the hook that makes it")
    case "foreign":
      return Finding(
        .fail, "link", "\(place) leads into another release ('\(target)')",
        fix: "ln -sfn with the path below this release, in the hook that makes it")
    default:
      return Finding(
        level, "link", "\(place) leads to '\(target)', not to shared/\(path)",
        fix: "deploy push --force")
    }
  }

  // MARK: Rights

  private func probe(_ holdings: SharedHoldings) async throws -> [Finding] {
    let paths = holdings.holdings.filter { $0.kind == "directory" && $0.sort != "other" }.map(
      \.path)
    guard !paths.isEmpty else { return [] }
    guard let user else {
      return [
        Finding(.ok, "writable", "not tried; `--as www-data` tries it as the web server's user")
      ]
    }
    let facts = try await facts(.writable(by: user, paths))
    guard let way = facts.first(where: { $0.name == "prober" })?.words.first, way != "none" else {
      return [
        Finding(
          .warn, "writable",
          "\(visit.state.user) cannot become '\(user)' (tried setpriv, su, sudo -n), "
            + "so nothing was tried")
      ]
    }
    let answers = facts.filter { $0.name == "writes" && $0.words.count > 4 }.map(\.words)
    let closed = answers.filter { $0[0] != "yes" }
    guard !closed.isEmpty else {
      return [
        Finding(
          .ok, "writable", "\(user) can write in all \(answers.count) directories (by \(way))")
      ]
    }
    return closed.map { words in
      Finding(
        .fail, "writable",
        "\(user) cannot write in shared/\(words[1]) (mode \(words[2]), \(words[3]):\(words[4]))",
        fix: "give '\(user)' the right, such as by: setfacl -m u:\(user):rwx "
          + "\(visit.host.path)/shared/\(words[1])")
    }
  }

  private func modes() async throws -> [Finding] {
    let facts = try await facts(.modes)
    return facts.filter { $0.name == "mode" && $0.words.count > 4 }.map { _, words in
      let place = "shared/\(words[1]) (mode \(words[2]), \(words[3]):\(words[4]))"
      if words[0] == "open" {
        return Finding(
          .warn, "mode", "every user of the host may write \(place)",
          fix: "chmod o-w \(visit.host.path)/shared/\(words[1])")
      }
      // The usual way to let the web server read it, and nobody else.
      if words[2] == "640" || words[2] == "440" {
        return Finding(.ok, "mode", "group \(words[4]) may read \(place)")
      }
      return Finding(
        .warn, "mode", "others than its owner may use \(place)",
        fix: "chmod 0600 \(visit.host.path)/shared/\(words[1])  # 0640 where PHP is in its group")
    }
  }

  // MARK: The framework's traps

  private func caches() async throws -> [Finding] {
    guard let live = visit.state.liveName, !settings.caches.isEmpty else { return [] }
    let expression = settings.caches.map { "(\(PathPattern($0).expression))" }
      .joined(separator: "|")
    let facts = try await facts(.caches(live, expression)).filter { $0.words.count > 1 }
    guard !facts.isEmpty else { return [Finding(.ok, "caches", "none names another release")] }
    return facts.map { _, words in
      Finding(
        .fail, "cache", "\(words[0]) names release \(words[1]): code or data of it is used",
        fix: "deploy run -- rm \(words[0]), then have a hook make it in each release")
    }
  }

  private func dangers() async throws -> [Finding] {
    guard let live = visit.state.liveName else { return [] }
    return try await Self.dangers(of: settings, in: live, on: visit)
  }

  /// Real files of a release that the recipe warns of; what is behind a link is in shared/.
  static func dangers(
    of settings: Settings, in release: String, on visit: Visit
  ) async throws -> [Finding] {
    guard !settings.dangers.isEmpty else { return [] }
    let answer = try await visit.session.ask(
      .dangers(release, settings.dangers.map(settings.expression)), within: .seconds(600))
    var hits: [Int: [String]] = [:]
    for event in answer.events {
      // A cache that travels is another machine's; here the host made it for itself.
      guard case .fact("danger", let words) = event, words.count > 1, let number = Int(words[0]),
        !settings.caches.contains(words[1])
      else { continue }
      hits[number, default: []].append(words[1])
    }
    return settings.dangers.indices.compactMap { index in
      hits[index].map { paths in
        let match = DangerMatch(danger: settings.dangers[index], paths: paths)
        return Finding(.warn, "danger", match.words, fix: match.danger.next)
      }
    }
  }

  private func kept(_ holdings: SharedHoldings) -> [Finding] {
    guard !holdings.kept.isEmpty else { return [] }
    let files = holdings.kept.reduce(0) { $0 + $1.files }
    let bytes = holdings.kept.reduce(0) { $0 + $1.bytes }
    return [
      Finding(
        .ok, "kept",
        "\(counted(files, "file")), \(byteCount(bytes)), not served, under .deploy/kept "
          + "(\(holdings.kept.map { "\($0.source)/\($0.reason)" }.joined(separator: ", ")))")
    ]
  }
}
