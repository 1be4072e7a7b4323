import Planning

extension Schema {
  static let container: [Key] = [
    Key(
      "binary", .text(.remotePath), example: #""/orangescrum-app/orangescrum-ee""#,
      "The FrankenPHP binary in the image, with the application in it."),
    Key(
      "service", .text(.name), example: #""orangescrum-app""#,
      "The service of the compose file that runs it."),
    Key(
      "command", .list(.text(.line)), fallback: #"["php-server"]"#,
      example: #"["run", "--config", "/etc/Caddyfile"]"#, "What the binary is started with."),
    Key(
      "data", .text(.remotePath), fallback: #""/data""#, example: #""/var/data""#,
      "Where volumes are mounted in the container, or below it."),
    Key(
      "tmpdir", .text(.remotePath), fallback: "as the image says, else /tmp",
      example: #""/run/app""#,
      "Where the binary unpacks; a directory of its own, and not a volume."),
    Key(
      "sentinels", .list(.text(.treePath)), fallback: "public.root",
      example: #"["webroot/index.php", "vendor/autoload.php"]"#,
      "What must be there when it has unpacked."),
    Key(
      "caches", .list(.text(.treePath)), fallback: "[]", example: #"["tmp/cache/views"]"#,
      "Directories of which each build gets its own."),
    Key(
      "links", .list(.object(containerLink)), fallback: "[]",
      example: #"[{ "path": "webroot/invoices", "target": "/data/invoices" }]"#,
      "Data beyond what `shared` and `public.persistent` say."),
    Key(
      "relink", .named(.text(.line), .treePath), fallback: "{}",
      example: #"{ "public/storage": "../storage/app/public" }"#,
      "Links of the application by path: the archive in the binary cannot hold them."),
  ]

  private static let containerLink: [Key] = [
    Key(
      "path", .text(.treePath), required: true, example: #""webroot/invoices""#,
      "Below the application."),
    Key(
      "target", .text(.remotePath), fallback: "the same path below `data`",
      example: #""/data/invoices""#, "On a volume."),
    Key(
      "class", .choice(Settings.Container.Kind.allCases.map(\.rawValue)), fallback: #""data""#,
      example: #""empty""#,
      "Data is seeded with what is shipped, a cache belongs to one build, empty is never seeded, a file is one."
    ),
    Key(
      "required", .flag, fallback: "true", example: "false",
      "Whether a container without a volume for it refuses to start."),
  ]
}

extension SettingsReading {
  func container(_ node: Node?, root: String?) -> Settings.Container {
    var container = Settings.Container()
    container.binary = node?["binary"]?.string
    container.service = node?["service"]?.string ?? ""
    container.command = strings(node?["command"]) ?? container.command
    container.data = node?["data"]?.string.map(withoutSlash) ?? container.data
    container.tmpdir = node?["tmpdir"]?.string
    container.sentinels = strings(node?["sentinels"]) ?? [root].compactMap(\.self)
    container.caches = strings(node?["caches"]) ?? []
    container.relinks = Dictionary(
      (node?["relink"]?.members ?? []).compactMap { member in
        member.node.string.map { (member.name, $0) }
      }, uniquingKeysWith: { $1 })
    container.links = (node?["links"]?.elements ?? []).compactMap { link in
      guard let path = link["path"]?.string else { return nil }
      return .init(
        path: path,
        target: link["target"]?.string.map(withoutSlash) ?? "\(container.data)/\(path)",
        kind: link["class"]?.string.flatMap(Settings.Container.Kind.init) ?? .data,
        isRequired: link["required"]?.flag ?? true)
    }
    return container
  }

  private func withoutSlash(_ path: String) -> String {
    path.hasSuffix("/") ? String(path.dropLast()) : path
  }
}
