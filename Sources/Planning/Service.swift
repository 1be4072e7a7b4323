import Operations

/// Something that runs besides the web server's files and must learn of a flip, or it serves the
/// release before it for ever.
public struct Service: Sendable, Equatable {
  public var kind: Kind
  /// What the configuration says for the kind: a unit, a name, an address, a file or a command.
  public var target: String
  /// Of systemd.
  public var action: String?
  /// Whether the unit belongs to the deploy user's own systemd.
  public var isUsers = false
  public var hosts = Settings.Hook.Audience.all
  public var isRequired = true
  public var timeout = 60

  public init(_ kind: Kind, _ target: String) {
    self.kind = kind
    self.target = target
  }

  public enum Kind: String, Sendable, CaseIterable {
    case systemd, supervisor, nginx, caddy, frankenphp, octane, horizon, queue, messenger
    case puma, gunicorn, pm2, run
    case phpFPM = "php_fpm"
  }
}

/// The table: what each kind is in words and as a command, and whether that takes root.
extension Service {
  public var summary: String {
    switch kind {
    case .systemd: "\(isUsers ? "systemctl --user" : "systemctl") \(verb) \(target)"
    case .supervisor: "restart \(target) through supervisor"
    case .nginx: "reload nginx"
    case .caddy: "reload caddy with \(target)"
    case .frankenphp: "reload frankenphp with \(target), by force"
    case .octane: "restart octane (\(target))"
    case .horizon: "let horizon's workers end"
    case .queue: "let the queue's workers end"
    case .messenger: "let messenger's workers end"
    case .puma: "restart puma (USR2 to the process in \(target))"
    case .gunicorn: "reload gunicorn (HUP to the process in \(target))"
    case .pm2: "start \(target) anew in pm2"
    case .run: "run `\(String(target.map { $0.isNewline ? " " : $0 }))`"
    case .phpFPM: "reset the opcache of php-fpm at \(target)"
    }
  }

  /// Constant words and values beside each other: no value is ever part of a shell's text.
  var method: ServiceMethod {
    switch kind {
    case .systemd: .words(["systemctl"] + (isUsers ? ["--user"] : []) + [verb, target])
    case .supervisor: .words(["supervisorctl", "restart", target])
    case .nginx: .words(["nginx", "-s", "reload"])
    case .caddy: .words(["caddy", "reload", "--force", "--config", target])
    // Not without force: to frankenphp nothing changed, since it is the link that leads elsewhere.
    case .frankenphp: .words(["frankenphp", "reload", "--force", "--config", target])
    // Not octane:reload, whose workers keep the directory in which the server was started.
    case .octane: .words(["systemctl", "restart", target])
    case .horizon: .words(["php", "artisan", "horizon:terminate"])
    case .queue: .words(["php", "artisan", "queue:restart"])
    case .messenger: .words(["php", "bin/console", "messenger:stop-workers"])
    case .puma: .signal("USR2", file: target)
    case .gunicorn: .signal("HUP", file: target)
    // Not `reload`: pm2 keeps the directory that it resolved when it first started the program.
    case .pm2:
      .words(["sh", "-c", #"pm2 delete "$1" >/dev/null 2>&1; exec pm2 start "$1""#, "sh", target])
    case .run: .words(["sh", "-c", target])
    case .phpFPM: .resetOpcache(target)
    }
  }

  var needsRoot: Bool {
    switch kind {
    case .systemd: !isUsers
    case .supervisor, .nginx, .octane: true
    case .caddy, .frankenphp, .horizon, .queue, .messenger, .puma, .gunicorn, .pm2, .run, .phpFPM:
      false
    }
  }

  /// What a person should know before relying on it.
  var caveat: String? {
    switch kind {
    case .gunicorn:
      "gunicorn starts its workers where it was started itself: HUP shows a new release only with "
        + "`chdir` set to current, and a restart by its unit is surer"
    case .puma:
      "puma finds a new release only with `directory` set to current, and not by a phased restart "
        + "when it preloads"
    case .frankenphp:
      "frankenphp answers 503 for a moment while it reloads by force"
    case .run where target.contains("octane:reload"):
      "octane:reload keeps the directory in which octane was started: use { \"octane\": UNIT }"
    default: nil
    }
  }

  private var verb: String { action ?? "reload-or-restart" }

  /// The command that sudo must allow, when the deploy user is not root.
  public var privileged: [String]? {
    guard needsRoot, case .words(let words) = method else { return nil }
    return words
  }

  public func applies(to host: Settings.Host, of settings: Settings) -> Bool {
    switch hosts {
    case .all: true
    case .first: settings.hosts.first == host
    case .roles(let roles): !Set(roles).isDisjoint(with: host.roles)
    }
  }

  var operation: Operation {
    .service(
      ServiceCall(
        summary, by: method, needsRoot: needsRoot, isRequired: isRequired, limit: timeout))
  }
}
