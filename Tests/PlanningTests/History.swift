import Operations
import Planning
import Remote
import TestSupport

/// A host whose past is told in a few words: what happened to which release, in order.
struct History {
  var state = HostState()

  init(_ events: [(LedgerRecord.Event, Int)] = []) {
    state.root = .directory
    state.nearest = "/var/www/shop"
    state.user = "deployer"
    state.tools = [
      "flock", "timeout", "setsid", "b2sum", "sha256sum", "gzip", "tar", "stat", "find", "sort",
      "xargs",
    ]
    for (event, number) in events { add(event, number) }
  }

  /// Prepared and made live.
  static func pushed(_ numbers: ClosedRange<Int>) -> History {
    var history = History()
    for number in numbers { history.push(number) }
    return history
  }

  mutating func push(_ number: Int) {
    add(.prepared, number)
    add(.live, number)
  }

  mutating func rollBack(to number: Int, why: String = "rollback") {
    add(.live, number, why: why)
  }

  mutating func add(
    _ event: LedgerRecord.Event, _ number: Int, why: String? = nil, key: String? = nil
  ) {
    let release = Self.release(number).text
    let sequence = state.ledger.count + 1
    var members = [
      #""seq":\#(sequence)"#, #""event":"\#(event.rawValue)""#, #""release":"\#(release)""#,
      #""at":"2026-11-20T17:33:10Z""#, #""verb":"push","actor":"ann","client":"laptop""#,
      #""prev":"\#(state.head)""#,
    ]
    let makesLive = [.live, .recovered, .adopted].contains(event)
    if makesLive, let live = state.liveName { members.append(#""from":"\#(live)""#) }
    if let why { members.append(#""why":"\#(why)""#) }
    if let key { members.append(#""key":"\#(key)""#) }
    let line = "{" + members.joined(separator: ",") + "}"
    if let record = SurveyReader.record(Array(line.utf8)) { state.ledger.append(record) }
    state.head = String(repeating: "\(sequence % 10)", count: 64)
    let isGone = [.retired, .swept].contains(event)
    state.directories.removeAll { $0.name == release }
    if !isGone {
      let tree = String(repeating: "\(number % 10)", count: 64)
      state.directories.append(
        HostState.Directory(name: release, tree: tree, algorithm: .blake2b256))
    }
    if makesLive { state.current = .link(target: "releases/\(release)", isWhole: true) }
  }

  static func release(_ number: Int) -> ReleaseID {
    .make("20261120-1200" + (number < 10 ? "0\(number)" : "\(number)"))
  }
}

extension Settings {
  static let plain: Settings = {
    var settings = Settings()
    settings.hosts = [.web("web1")]
    settings.keep = 3
    return settings
  }()

  static let full: Settings = {
    var settings = plain
    settings.shared.directories = ["storage", "public/uploads"]
    settings.shared.files = [".env"]
    settings.hooks.beforeFlip = [Hook(run: "php artisan migrate --force")]
    settings.hooks.afterFlip = [Hook(run: "php artisan queue:restart", timeout: 60)]
    return settings
  }()

  /// With a hook at every moment.
  static let hooked: Settings = {
    var settings = plain
    settings.stage = "production"
    settings.hooks.afterUpload = [Hook(run: "composer install --no-dev")]
    var migration = Hook(run: "php artisan migrate --force")
    migration.migrates = true
    var script = Hook(run: "deploy/warm.sh", timeout: 60)
    script.script = Hook.Script(path: "/project/deploy/warm.sh")
    script.isRequired = false
    script.directory = "backend"
    script.user = "www-data"
    settings.hooks.beforeFlip = [migration, script]
    settings.hooks.afterFlip = [Hook(run: "php artisan queue:restart")]
    settings.hooks.afterRollback = [Hook(run: "php artisan cache:clear")]
    settings.hooks.onFailure = [Hook(run: "bin/tell-the-team")]
    var watcher = Service(.run, "bin/watch")
    watcher.isRequired = false
    settings.services = [
      Service(.phpFPM, "unix:/run/php/php8.2-fpm.sock"), Service(.systemd, "shop-worker.service"),
      Service(.octane, "shop-octane.service"), Service(.gunicorn, "/run/shop/gunicorn.pid"),
      watcher,
    ]
    return settings
  }()

  /// With a docroot in which there is data.
  static let site: Settings = {
    var settings = plain
    settings.docroot.root = "webroot"
    settings.docroot.persistent = ["files/**", "*.pdf"]
    settings.docroot.build = ["build/**"]
    settings.docroot.regenerable = ["cache/**"]
    settings.docroot.overlap = 2
    settings.hooks.beforeFlip = [Hook(run: "bin/cake plugin assets symlink")]
    return settings
  }()
}

extension Settings {
  /// With checks, of which one is not for this host.
  static let watched: Settings = {
    var settings = full
    settings.docroot.root = "public"
    var page = HealthCheck()
    page.url = WebAddress("http://127.0.0.1/up")
    var worker = HealthCheck()
    worker.command = "bin/worker-runs"
    var proof = page
    proof.seesRelease = true
    settings.health = [Health(page), Health(worker, roles: ["worker"]), Health(proof)]
    var trial = HealthCheck()
    trial.url = WebAddress(path: "/up")
    settings.boot = [Boot(run: "php -S 127.0.0.1:$PORT -t public", trial)]
    return settings
  }()
}

extension Settings.Host {
  static func web(_ name: String) -> Settings.Host {
    var host = Settings.Host()
    host.name = name
    host.path = "/var/www/shop"
    return host
  }
}

func pushPlanner(
  _ history: History, _ settings: Settings = .plain, number: Int = 50, host: String = "web1",
  isOneOfSeveral: Bool = false
) -> PushPlanner {
  PushPlanner(
    settings: settings, host: .web(host), state: history.state, release: History.release(number),
    requester: Requester(actor: "ann", client: "laptop"),
    shipment: PushPlanner.Shipment(
      tree: String(repeating: "e", count: 64), algorithm: .blake2b256, compression: .zstd,
      entryCount: 1200, byteCount: 8_000_000, commit: "9f86d081", branch: "main",
      subject: "Sell more"),
    isOneOfSeveral: isOneOfSeveral)
}

func rollbackPlanner(
  _ history: History, _ choice: RollbackPlanner.Choice = .previous, _ settings: Settings = .plain
) -> RollbackPlanner {
  RollbackPlanner(
    settings: settings, host: .web("web1"), state: history.state,
    requester: Requester(actor: "ann", client: "laptop"), choice: choice)
}
