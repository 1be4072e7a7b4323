import Arguments
import Configuration
import Execution
import Glibc
import Planning
import Recipes
import Shipping

/// The project that a command was started in: its settings for one stage, and where things are.
struct Project: Sendable {
  var settings: Settings
  /// The directory of deploy.json.
  let directory: String

  /// `stage` is stronger than what the command line says.
  init(
    _ invocation: Invocation, _ context: Context, stage: String? = nil, needsHosts: Bool = true
  ) throws {
    let file = try Self.file(invocation[CommonOptions.config], from: context.directory)
    directory = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
    let configuration = try Configuration(file: file, environment: context.environment)
    settings = try configuration.settings(
      stage: stage ?? invocation[CommonOptions.stage],
      recipeLookup: Catalog(environment: context.environment).lookup, needsHosts: needsHosts)
    context.console.conceal(Mask.secrets(in: settings.hooks))
    for warning in configuration.warnings { context.console.warn("\(warning)") }
  }

  /// The file that was named, or the nearest deploy.json here or further up.
  private static func file(_ named: String?, from directory: String) throws -> String {
    if let named { return named.hasPrefix("/") ? named : "\(directory)/\(named)" }
    var place = directory
    while true {
      let candidate = place == "/" ? "/deploy.json" : "\(place)/deploy.json"
      if access(candidate, F_OK) == 0 { return candidate }
      guard place != "/", let slash = place.lastIndex(of: "/") else { break }
      place = slash == place.startIndex ? "/" : String(place[..<slash])
    }
    throw Failure(
      exitCode: 2, what: "there is no deploy.json here or in a directory above (\(directory))",
      live: "unchanged; nothing was sent",
      next: "`deploy init` writes one, `deploy demo` shows how it works")
  }

  /// A fleet of the stage's hosts, or of those that were named.
  func fleet(
    _ context: Context, narrator: Narrator, waitSeconds: Int = 0
  ) -> Fleet {
    Fleet(
      settings: settings, waitSeconds: waitSeconds, runtime: FaultInjection.runtime(context),
      interruption: context.interruption,
      connect: Connector(console: context.console, environment: context.environment).connect,
      report: narrator.tell)
  }

  /// The same project with only the hosts of these roles.
  func limited(to roles: [String]) throws -> Project {
    var limited = self
    limited.settings.hosts = settings.hosts.filter { !Set($0.roles).isDisjoint(with: roles) }
    guard !limited.settings.hosts.isEmpty else {
      let known = Set(settings.hosts.flatMap(\.roles)).sorted().joined(separator: ", ")
      throw Failure(
        exitCode: 2, what: "no host has the role '\(roles.joined(separator: "', '"))'",
        live: "unchanged",
        next: known.isEmpty ? "name `roles` in deploy.json" : "there are \(known)")
    }
    return limited
  }

  /// Prepares what is to be shipped: export, build, walk.
  func tree(_ context: Context) throws(ShippingError) -> Tree {
    var settings = settings
    // What lives in shared/ is the host's: a developer's own .env never travels.
    settings.exclude += settings.shared.files.map { "/\($0)" }
    settings.exclude.insert(contentsOf: unshipped, at: 0)
    let preparation = Preparation(context)
    preparation.begin(settings.source)
    return try SourceExport.prepare(
      settings: settings, projectDirectory: directory,
      stateDirectory: Self.stateDirectory(context.environment), report: preparation.tell)
  }

  /// First, so that the project's own rules can take them in again. A commit holds what somebody
  /// meant to be in it; a directory holds a developer's own secrets too.
  private var unshipped: [String] {
    if case .directory = settings.source { return ["/deploy.json", "/.env", "/.gitignore"] }
    return ["/deploy.json"]
  }

  /// For what may be deleted at any time.
  static func cacheDirectory(_ environment: [String: String]) -> String {
    if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return cache + "/deploy" }
    return (environment["HOME"] ?? "/var/tmp") + "/.cache/deploy"
  }

  static func stateDirectory(_ environment: [String: String]) -> String {
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/deploy" }
    return (environment["HOME"] ?? "/var/tmp") + "/.local/state/deploy"
  }
}
