import Planning

/// Everything that can be configured, in one table.
///
/// What is read, what is refused, the schema for editors, the table of the README and the file
/// that `deploy init` writes all come from here, so that none of them can know a key that the
/// others do not.
public enum Schema {
  private static let everywhere: [Place] = [.top, .stage, .host]
  private static let project: [Place] = [.top, .stage]
  private static let shipped: [Place] = [.top, .stage, .recipe]

  public static let keys: [Key] = [
    Key(
      "$schema", .text(.line), in: [.top, .recipe], example: #""deploy.schema.json""#,
      "For editors, which look here for what `deploy schema` prints; ignored otherwise."),
    Key(
      "app", .text(.name), in: [.top], fallback: "the project folder's name",
      example: #""shop""#, "Names the application in output and in its registry on the host."),
    Key(
      "title", .text(.line), in: [.recipe], example: #""Laravel""#,
      "What the recipe is for, in words."),
    Key(
      "detect", .object(detection), in: [.recipe],
      example: #"{ "priority": 80, "all": ["file:artisan", "composer:laravel/framework"] }"#,
      "How a project is recognised; a recipe without it is used only by name."),
    Key(
      "recipe", .text(.localPath), in: project, fallback: "detected", example: #""laravel""#,
      "A recipe's name, the path of a recipe file, or \"none\"."),
    Key(
      "source", .object(source, alternatives: ["git", "directory", "artifact"]), in: project,
      fallback: "the commit HEAD in a git work tree, else the directory of this file",
      example: #"{ "git": "main" }"#, "What is deployed."),
    Key(
      "build", .list(.text(.command)), in: shipped, fallback: "[]",
      example: #"["composer install --no-dev", "npm ci", "npm run build"]"#,
      "Commands that run here, in a clean export, before anything is sent."),
    Key(
      "exclude", .list(.text(.line)), in: shipped, fallback: "[]",
      example: #"["/tests", "*.log"]"#,
      "What is not sent: patterns as in .gitignore."),
    Key(
      "stages", .named(.keys(.stage), .name), in: [.top],
      example: #"{ "staging": { "hosts": ["staging.example.com"], "path": "/var/www/shop" } }"#,
      "The places to deploy to, by name, each with what differs from the top."),
    Key(
      "default_stage", .text(.name), in: [.top], fallback: "the only stage",
      example: #""production""#, "The stage that is meant when a command names none."),
    Key(
      "hosts", .list(.either(.text(.host), or: .keys(.host))), in: project,
      example: #"["deployer@web1.example.com", { "host": "web2", "port": 2222 }]"#,
      "The machines; names are looked up in ~/.ssh/config too."),
    Key(
      "transfer", .object(transfer), in: project, example: #"{ "standby": false }"#,
      "How files get to the hosts."),
    Key(
      "rollout", .object(rollout), in: project,
      example: #"{ "canary": 1, "pause": 60, "serial": 4 }"#,
      "How several hosts go live together."),
    Key(
      "host", .text(.name), in: [.host], fallback: #""localhost" with transport local"#,
      example: #""web2.example.com""#, "The machine's name, or its alias in ~/.ssh/config."),
    Key(
      "user", .text(.name), in: [.host], fallback: "as ssh decides", example: #""deployer""#,
      "The user to log in as."),
    Key(
      "port", .integer(1...65_535), in: [.host], fallback: "as ssh decides", example: "2222",
      "The port of the SSH server."),
    Key(
      "roles", .list(.text(.name)), in: [.host], fallback: "[]", example: #"["web", "worker"]"#,
      "What the machine is there for, to choose hosts by."),
    Key(
      "path", .text(.remotePath), in: everywhere, example: #""/var/www/shop""#,
      "Where the application lives on the host; every host needs one in the end."),
    Key(
      "transport", .choice(["libssh2", "openssh", "local"]), in: everywhere,
      fallback: #""libssh2""#, example: #""openssh""#,
      "How a host is reached: built in, by the system's ssh, or not at all because it is here."),
    Key(
      "host_key", .text(.hostKey), in: everywhere,
      example: #""SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg""#,
      "The only host key that is accepted, whatever known_hosts says."),
    Key(
      "ssh", .object(ssh), in: everywhere, fallback: "what `ssh -G` says",
      example: #"{ "identity": "~/.ssh/deploy_ed25519" }"#, "Files that ssh is to use instead."),
    Key(
      "shared", .object(shared), in: shipped,
      example: #"{ "directories": ["storage"], "files": [".env"] }"#,
      "What outlives a release: linked from shared/ into each."),
    Key(
      "env", .object(env), in: shipped,
      example: #"{ "debug": ["APP_DEBUG=true APP_ENV=production"] }"#,
      "The environment file in shared/, and what a push holds it to."),
    Key(
      "public", .object(publicKeys), in: shipped,
      example: #"{ "root": "public", "persistent": ["uploads/**"], "build": ["build/**"] }"#,
      "What the web server shows, and which of it is data: kept, whatever else is declared."),
    Key(
      "caches", .list(.text(.treePath)), in: [.recipe], fallback: "[]",
      example: #"["bootstrap/cache/config.php"]"#,
      "Files in which the framework writes down absolute paths of the release."),
    Key(
      "dangers", .list(.object(danger)), in: [.recipe], fallback: "[]",
      example: #"[{ "files": ["database/*.sqlite"], "say": "a database dies with its release" }]"#,
      "Files that lose data or break a site when they stand in a release, and why."),
    Key(
      "variants", .list(.object(variant)), in: [.recipe], fallback: "[]",
      example: #"[{ "when": ["dir:docroot"], "public": { "root": "docroot" } }]"#,
      "What is said differently where a project is laid out differently: the first that fits."),
    Key(
      "hooks", .object(hooks), in: shipped,
      example: #"{ "before_flip": ["php artisan migrate --force"] }"#,
      "Commands that run on each host, in the new release. All lists hold the same."),
    Key(
      "services", .list(.object(services, alternatives: Service.Kind.allCases.map(\.rawValue))),
      in: shipped, fallback: "[]", example: #"[{ "php_fpm": "unix:/run/php/php8.2-fpm.sock" }]"#,
      "What is told of every flip, at a push, a rollback and when a push goes back by itself."),
    Key(
      "maintenance", .object(maintenance), in: shipped,
      example: #"{ "down": ["php artisan down"], "up": ["php artisan up"] }"#,
      "How the framework itself is told of `deploy down` and `deploy up`."),
    Key(
      "notify", .list(.object(notify, alternatives: ["url", "url_env"])), in: project,
      fallback: "[]",
      example: #"[{ "url_env": "SLACK_WEBHOOK", "format": "slack", "on": ["failure"] }]"#,
      "Who is told how a push or a rollback ended, by a request from this machine."),
    Key(
      "health", .several(.object(health)), in: shipped,
      example: #"{ "url": "http://127.0.0.1/up", "host": "shop.example.com" }"#,
      "What a release must answer on each host to stay live; else the one before returns."),
    Key(
      "boot", .several(.object(boot)), in: shipped,
      example: #"{ "run": "php -S 127.0.0.1:$PORT -t public", "path": "/up" }"#,
      "How a release is started on a port of its own, and asked, before it goes live."),
    Key(
      "container", .object(container), in: shipped,
      example: #"{ "service": "app", "binary": "/app/server" }"#,
      "For an application that is embedded in a FrankenPHP binary and runs in a container."),
    Key(
      "logs", .list(.text(.treePath)), in: shipped, fallback: "[]",
      example: #"["storage/logs/*.log"]"#,
      "Files, or patterns of files, that `deploy logs` follows."),
    Key(
      "keep", .integer(2...1000), in: shipped, fallback: "5", example: "10",
      "How many healthy releases stay on the host, the live one included."),
  ]

  private static let source: [Key] = [
    Key(
      "git", .text(.gitRef), example: #""main""#,
      "The branch, tag or commit to deploy."),
    Key(
      "repository", .text(.repositoryPath), fallback: "the folder of this file", example: #"".""#,
      "The git repository's path, with `git`."),
    Key(
      "directory", .text(.localPath), example: #""site""#,
      "A directory to deploy as it is, instead of a commit."),
    Key(
      "artifact", .text(.localPath), example: #""dist/shop.tar.gz""#,
      "An archive to deploy, instead of a commit."),
  ]

  private static let rollout: [Key] = [
    Key(
      "serial", .integer(0...1000), fallback: "0", example: "4",
      "How many hosts flip at once, batch after batch; 0 is all of them. All are prepared before."),
    Key(
      "canary", .integer(0...1000), fallback: "0", example: "1",
      "How many hosts go first; the others follow when these work."),
    Key(
      "pause", .integer(0...86_400), fallback: "0", example: "60",
      "Seconds between the canary and the others."),
    Key(
      "on_failure", .choice(["return", "keep"]), fallback: #""return""#, example: #""keep""#,
      "When one host fails after the flip: all go back, or those that work stay."),
    Key(
      "unreachable", .choice(["refuse", "skip"]), fallback: #""refuse""#, example: #""skip""#,
      "A host that cannot be reached ends it for all, or is left out; then the exit code is 15."),
  ]

  private static let transfer: [Key] = [
    Key(
      "standby", .flag, fallback: "true", example: "false",
      "Whether a host makes the next staging tree ready after a push: it needs the space of a release."
    )
  ]

  private static let ssh: [Key] = [
    Key(
      "config", .text(.localPath), fallback: "~/.ssh/config", example: #"".deploy/ssh_config""#,
      "An ssh_config file; DEPLOY_SSH_CONFIG in the environment is stronger."),
    Key(
      "identity", .text(.localPath), example: #""~/.ssh/deploy_ed25519""#,
      "The private key to log in with."),
    Key(
      "known_hosts", .text(.localPath), example: #"".deploy/known_hosts""#,
      "The file of host keys."),
  ]

  private static let shared: [Key] = [
    Key(
      "directories", .list(.text(.treePath)), fallback: "[]", example: #"["storage"]"#,
      "Directories of user data."),
    Key(
      "files", .list(.text(.treePath)), fallback: "[]", example: #"[".env"]"#,
      "Files of this host's own; each must be in shared/ before a push."),
  ]

  private static let env: [Key] = [
    Key(
      "file", .text(.treePath), fallback: #"".env""#, example: #"".env.local""#,
      "The environment file below shared/, which `deploy env` works on."),
    Key(
      "example", .text(.treePath), fallback: #"".env.example""#, example: #"".env.dist""#,
      "The release's file of all keys; a push stops when the host's file lacks one of them."),
    Key(
      "allow", .list(.text(.envKey)), fallback: "[]", example: #"["MAIL_PASSWORD"]"#,
      "Keys that may be missing, or be set as `debug` forbids."),
    Key(
      "debug", .list(.text(.assignments)), fallback: "[]",
      example: #"["APP_DEBUG=true APP_ENV=production"]"#,
      "Assignments that stop a push when all of one text hold; an empty value means unset."),
  ]

  private static let publicKeys: [Key] = [
    Key(
      "root", .text(.treeRoot), example: #""public""#,
      "The directory that the web server shows, or \".\" when that is all of the release."),
    Key(
      "persistent", .list(.text(.line)), fallback: "[]", example: #"["uploads/**"]"#,
      "Patterns below the root: data of users. Seeded with what the release ships there."),
    Key(
      "build", .list(.text(.line)), fallback: "[]", example: #"["build/**"]"#,
      "Patterns below the root: made by the build, replaced with each release."),
    Key(
      "regenerable", .list(.text(.line)), fallback: "[]", example: #"["cache/**"]"#,
      "Patterns below the root: made while the site runs, and made again when lost."),
    Key(
      "overlap", .integer(0...20), fallback: "1", example: "3",
      "For how many releases the build files of earlier ones stay reachable for open pages."),
  ]

  private static let danger: [Key] = [
    Key(
      "files", .list(.text(.line)), required: true, example: #"["database/*.sqlite"]"#,
      "Patterns below the release."),
    Key(
      "say", .text(.line), required: true, example: #""a database dies with its release""#,
      "What goes wrong."),
    Key(
      "next", .text(.line), example: #""move it to storage/ and set DB_DATABASE""#,
      "What to do about it."),
  ]

  private static let variant: [Key] = [
    Key(
      "when", .list(.text(.condition)), required: true, example: #"["dir:docroot"]"#,
      "What must all be there."),
    Key(
      "exclude", .list(.text(.line)), example: #"["/docroot/sites/*/files"]"#,
      "In place of the recipe's."),
    Key(
      "shared", .object(shared), example: #"{ "files": ["docroot/sites/default/settings.php"] }"#,
      "Over the recipe's."),
    Key(
      "public", .object(publicKeys), example: #"{ "root": "docroot" }"#, "Over the recipe's."),
    Key(
      "services",
      .list(.object(services, alternatives: Service.Kind.allCases.map(\.rawValue))),
      example: #"[{ "horizon": "terminate" }]"#, "In place of the recipe's."),
  ]

  private static let hooks: [Key] = [
    Key(
      "before_flip", .list(hook), fallback: "[]", example: #"["php artisan migrate --force"]"#,
      "Before the release goes live; a command that fails stops the push."),
    Key(
      "after_upload", .list(hook), fallback: "[]", example: #"["composer install --no-dev"]"#,
      "Before those, in the release's place with shared data linked: what completes it."),
    Key(
      "after_flip", .list(hook), fallback: "[]",
      example: #"[{ "run": "php artisan queue:restart", "timeout": 60 }]"#,
      "After the release went live, at a push and at a rollback."),
    Key(
      "after_rollback", .list(hook), fallback: "[]", example: #"["php artisan cache:clear"]"#,
      "After a rollback, and after its `after_flip` hooks."),
    Key(
      "on_failure", .list(hook), fallback: "[]", example: #"["bin/tell-the-team"]"#,
      "When the agent went back or gave up; run in the live release, and its failure changes nothing."
    ),
  ]

  private static let maintenance: [Key] = [
    Key(
      "down", .list(hook), fallback: "[]",
      example: #"["php artisan down --retry=\"$DEPLOY_RETRY_AFTER\""]"#,
      "Run in the live release by `deploy down`, and before the flip while the host is down."),
    Key(
      "up", .list(hook), fallback: "[]", example: #"["php artisan up"]"#,
      "Run in the live release by `deploy up`."),
  ]

  private static let notify: [Key] = [
    Key(
      "url", .text(.webhook), example: #""https://ci.example.com/deploys""#,
      "Where the request goes."),
    Key(
      "url_env", .text(.envKey), example: #""SLACK_WEBHOOK""#,
      "The variable of this machine that holds the address, where that is a secret."),
    Key(
      "secret_env", .text(.envKey), example: #""DEPLOY_WEBHOOK_SECRET""#,
      "The variable that holds the key of the signature; nothing is sent when it is not set."),
    Key(
      "on", .list(.choice(Settings.Notification.Moment.allCases.map(\.rawValue))),
      fallback: #"["success", "failure", "rollback"]"#, example: #"["failure", "rollback"]"#,
      "What is told; a push that went back by itself is a failure and a rollback."),
    Key(
      "format", .choice(Settings.Notification.Format.allCases.map(\.rawValue)),
      fallback: #""json""#, example: #""slack""#,
      "JSON with all that is known, or a text as Slack and its like take it."),
  ]

  private static let hook = Shape.either(
    .text(.command), or: .object(hookKeys, alternatives: ["run", "script"]))

  private static let hookKeys = [
    Key("run", .text(.command), example: #""bin/migrate""#, "The command."),
    Key(
      "script", .text(.localPath), example: #""deploy/seed.sh""#,
      "A file of this project that is sent and run, instead of a command."),
    Key(
      "on", .either(.choice(["first"]), or: .list(.text(.name))), fallback: "every host",
      example: #"["worker"]"#,
      "The roles of the hosts it runs on, or \"first\": the first host only."),
    Key(
      "once", .choice(Settings.Hook.Once.allCases.map(\.rawValue)), fallback: "each time",
      example: #""ever""#,
      "On one host only: in each deploy, for each release, or never again. The ledger remembers."),
    Key(
      "timeout", .integer(1...86_400), fallback: "600", example: "60",
      "Seconds after which the command is ended."),
    Key(
      "required", .flag, fallback: "true", example: "false",
      "Whether its failure is the deploy's; otherwise it is noted, and the deploy goes on."),
    Key(
      "migrates", .flag, fallback: "false", example: "true",
      "It changes the database: once on one host, not at a rollback, which asks because of it."),
    Key(
      "env", .named(.text(.value), .envKey), fallback: "{}", example: #"{ "APP_ENV": "prod" }"#,
      "Variables for it; nothing of the server's environment reaches it."),
    Key(
      "cwd", .text(.treePath), fallback: "the release", example: #""backend""#,
      "Where it runs, below the release."),
    Key(
      "as", .text(.name), fallback: "the deploy user", example: #""www-data""#,
      "The user who runs it, by `sudo -n -u`, or by `su` when the deploy user is root."),
  ]

  private static let services: [Key] = [
    Key("systemd", .text(.word), example: #""shop-worker.service""#, "A unit; needs root."),
    Key(
      "action", .choice(["reload", "restart", "try-restart", "reload-or-restart"]),
      fallback: #""reload-or-restart""#, example: #""restart""#, "What systemd does with the unit."),
    Key(
      "user", .flag, fallback: "false", example: "true",
      "The unit is one of the deploy user's own systemd, which needs no root."),
    Key("supervisor", .text(.word), example: #""shop-worker:*""#, "A program; needs root."),
    Key(
      "php_fpm", .text(.word), example: #""unix:/run/php/php8.2-fpm.sock""#,
      "A pool's address: its opcache is reset through FastCGI."),
    Key("nginx", .choice(["reload"]), example: #""reload""#, "nginx -s reload; needs root."),
    Key("caddy", .text(.word), example: #""/etc/caddy/Caddyfile""#, "The Caddyfile to reload."),
    Key(
      "frankenphp", .text(.word), example: #""/etc/frankenphp/Caddyfile""#,
      "The Caddyfile to reload by force, since only then the link is followed anew."),
    Key(
      "octane", .text(.word), example: #""shop-octane.service""#,
      "The unit to restart; octane:reload would keep the old directory. Needs root."),
    Key("horizon", .choice(["terminate"]), example: #""terminate""#, "artisan horizon:terminate."),
    Key("queue", .choice(["restart"]), example: #""restart""#, "artisan queue:restart."),
    Key(
      "messenger", .choice(["stop-workers"]), example: #""stop-workers""#,
      "bin/console messenger:stop-workers."),
    Key(
      "puma", .text(.word), example: #""/run/shop/puma.pid""#,
      "The file with puma's process number, which gets USR2."),
    Key(
      "gunicorn", .text(.word), example: #""/run/shop/gunicorn.pid""#,
      "The file with gunicorn's process number, which gets HUP."),
    Key(
      "pm2", .text(.word), example: #""ecosystem.config.js""#,
      "A file or program of the release that pm2 starts anew there."),
    Key(
      "run", .text(.command), example: #""bin/reload""#, "Any other command, in the live release."),
    Key(
      "on", .either(.choice(["first"]), or: .list(.text(.name))), fallback: "every host",
      example: #"["worker"]"#, "The roles of the hosts where it runs, or \"first\"."),
    Key(
      "required", .flag, fallback: "true", example: "false",
      "Whether its failure takes the host back."),
    Key(
      "timeout", .integer(1...86_400), fallback: "60", example: "10",
      "Seconds after which its command is ended."),
  ]

  private static let health: [Key] =
    [
      Key(
        "url", .text(.url), example: #""http://127.0.0.1/up""#,
        "The page to ask for, from the host itself."),
      Key(
        "host", .text(.name), fallback: "that of the url", example: #""shop.example.com""#,
        "The site's name, for the Host header and the certificate."),
      Key(
        "socket", .text(.remotePath), example: #""/run/shop.sock""#,
        "The Unix socket to ask at; needs curl there."),
      Key(
        "follow", .integer(0...10), fallback: "0", example: "1",
        "How many redirects are followed, with curl or wget."),
      Key(
        "command", .text(.command), example: #""bin/healthy""#,
        "A command in the release that must exit 0, besides the url or instead of it."),
      Key(
        "sees_release", .flag, fallback: "false", example: "true",
        "Whether the url's server must show a file that only the new release has."),
    ] + answer

  private static let boot: [Key] =
    [
      Key(
        "run", .text(.command), required: true,
        example: #""php -S 127.0.0.1:$PORT -t public""#,
        "What starts it and stays: with PORT and DEPLOY_RELEASE in its environment."),
      Key("path", .text(.urlPath), fallback: #""/""#, example: #""/up""#, "The page to ask for."),
    ] + answer

  /// What is asked of an answer.
  private static let answer: [Key] = [
    Key(
      "expect", .several(.status), fallback: "200", example: #"[200, "3xx"]"#,
      "The statuses that are good."),
    Key(
      "body", .text(.line), example: #""release {release}""#,
      "What must be in the body; `{release}` stands for the release's name."),
    Key(
      "header", .text(.header), example: #""X-Release: {release}""#,
      "A header that must be among those of the answer."),
    Key("timeout", .integer(1...120), fallback: "5", example: "10", "Seconds of one try."),
    Key("within", .integer(1...600), fallback: "30", example: "60", "Seconds of all tries."),
    Key("interval", .integer(0...60), fallback: "1", example: "2", "Seconds between two tries."),
    Key(
      "passes", .integer(1...20), fallback: "2", example: "3",
      "How many tries in a row must be good."),
    Key(
      "on", .list(.text(.name)), fallback: "every host", example: #"["web"]"#,
      "The roles of the hosts that are asked."),
  ]

  private static let detection: [Key] = [
    Key(
      "priority", .integer(1...1000), required: true, example: "80",
      "The recipe with the highest one is used; a product beats the framework it is built on."),
    Key(
      "all", .list(.text(.condition)), fallback: "[]", example: #"["file:artisan"]"#,
      "What must all be there."),
    Key(
      "any", .list(.text(.condition)), fallback: "[]", example: #"["composer:drupal/core"]"#,
      "What must be there at least once."),
    Key(
      "none", .list(.text(.condition)), fallback: "[]", example: #"["npm:next"]"#,
      "What must not be there."),
  ]

  /// The keys that may be written in a place.
  public static func keys(in place: Place) -> [Key] { keys.filter { $0.places.contains(place) } }

  static func key(_ name: String) -> Key? { keys.first { $0.name == name } }
}
