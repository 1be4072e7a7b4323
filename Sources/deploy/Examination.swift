import Planning

/// Judges what was found on a host: what works, what is weaker than it could be, what keeps a deploy
/// from working, and what to type.
struct Examination {
  let settings: Settings
  let host: Settings.Host
  let state: HostState
  let inspection: Inspection
  /// Seconds by which the host's clock is ahead of this machine's.
  let skew: Int

  var findings: [Finding] {
    [user, clock] + tools + [lock, rename] + places + [current, space, inodes] + shared + web
  }

  // MARK: The host

  private var user: Finding {
    let words = "\(state.user), login shell \(inspection.loginShell)"
    guard state.user == "root" else { return Finding(.ok, "user", words) }
    return Finding(
      .warn, "user", words + "; whatever a hook does, it does as root",
      fix: "useradd -m deployer && \(isRootThere ? "" : "mkdir -p \(host.path) && ")"
        + "chown deployer: \(host.path)  "
        + "# then \"deployer@\(host.name)\" in deploy.json")
  }

  private var isRootThere: Bool { (inspection.places["."]?.kind ?? "missing") != "missing" }

  private var clock: Finding {
    let words = "differs from this machine's by \(abs(skew)) s"
    guard abs(skew) > 60 else { return Finding(.ok, "clock", words) }
    return Finding(
      .warn, "clock", words + "; order is by sequence, but names of releases will confuse people",
      fix: "timedatectl set-ntp true")
  }

  private static let needed = [
    "tar": "releases cannot be unpacked", "sha256sum": "nothing can be verified",
    "stat": "modes cannot be verified", "find": "releases cannot be verified",
    "sort": "releases cannot be verified", "xargs": "releases cannot be verified",
    "awk": "manifests cannot be written", "sed": "the ledger cannot be read",
    "od": "names cannot be encoded", "dd": "the agent cannot be sent",
    "mktemp": "drift cannot be shown", "comm": "releases cannot be compared",
    "paste": "releases cannot be verified", "readlink": "links cannot be read",
    "sync": "a power cut could empty a release",
  ]
  private static let useful = [
    "b2sum": "digests take five times longer",
    "timeout": "a hook that hangs is not ended",
    "setsid": "what a hook starts may outlive its time limit",
    "gzip": "uploads are not compressed",
  ]
  private static let packages = [
    "tar": "tar", "find": "findutils", "xargs": "findutils", "awk": "mawk", "sed": "sed",
    "setsid": "util-linux", "flock": "util-linux", "gzip": "gzip",
  ]

  private var tools: [Finding] {
    let missing = inspection.tools.filter { $0.version == nil }.map(\.name)
    var findings = missing.compactMap { name -> Finding? in
      let install = "apt-get install \(Self.packages[name] ?? "coreutils")"
      if let effect = Self.needed[name] {
        return Finding(.fail, "tool", "no '\(name)': \(effect)", fix: install)
      }
      return Self.useful[name].map { Finding(.warn, "tool", "no '\(name)': \($0)", fix: install) }
    }
    findings.insert(Finding(.ok, "tools", inspection.toolsText), at: 0)
    return findings
  }

  private var lock: Finding {
    if inspection.has("flock") {
      return Finding(.ok, "lock", "flock: the kernel frees it, whatever becomes of a session")
    }
    return Finding(
      .warn, "lock",
      "no 'flock': the lock is the directory .deploy/lock.d, which one rename claims; its owner's file "
        + "names a process by number and start time, so sessions must see each other's processes",
      fix: "apt-get install util-linux")
  }

  private var rename: Finding {
    switch inspection.renames {
    case (works: true, let place)?:
      Finding(.ok, "mv -T", "replaces a link in one step (tried in \(place))")
    case (works: false, let place)?:
      Finding(
        .fail, "mv -T", "does not replace a link in \(place), so a flip would not be one step",
        fix: "apt-get install coreutils")
    case nil:
      Finding(.warn, "mv -T", "could not be tried: no directory here can be written")
    }
  }

  // MARK: The application's directory

  private var places: [Finding] {
    guard let root = inspection.places["."], root.kind != "missing" else {
      return [missingRoot]
    }
    var findings: [Finding] = []
    for (name, path) in [
      (".", host.path), ("releases", "\(host.path)/releases"), ("shared", "\(host.path)/shared"),
      (".deploy", "\(host.path)/.deploy"), (".deploy/lock", "\(host.path)/.deploy/lock"),
      (".deploy/ledger.jsonl", "\(host.path)/.deploy/ledger.jsonl"),
    ] {
      guard let place = inspection.places[name], place.kind != "missing" else {
        if !name.contains("/") {
          findings.append(Finding(.ok, name, "not there yet; `deploy setup` makes it"))
        }
        continue
      }
      findings.append(finding(name == "." ? "root" : name, path, place))
    }
    return findings.filter { !($0.level == .ok && $0.subject.contains("/")) }
  }

  private var missingRoot: Finding {
    guard !state.isWritable else {
      return Finding(.ok, "root", "\(host.path) is not there yet; `deploy setup` makes it")
    }
    return Finding(
      .fail, "root",
      "\(host.path) is missing, and \(state.user) may not make it in \(state.nearest) (owner "
        + "\(state.nearestOwner), mode \(state.nearestMode))",
      fix: "sudo mkdir -p \(host.path) && sudo chown \(state.user) \(host.path)")
  }

  private func finding(_ name: String, _ path: String, _ place: Inspection.Place) -> Finding {
    let isFile = name.contains("/")
    guard place.kind == (isFile ? "file" : "directory") || place.kind == "link" else {
      return Finding(
        .fail, name, "\(path) is a \(place.kind)", fix: "mv -T \(path) \(path).before")
    }
    let words = "\(path) (owner \(place.owner), mode \(place.mode))"
    guard place.isWritable else {
      return Finding(
        .fail, name, "\(state.user) may not write \(words)",
        fix: "sudo chown \(state.user) \(path)" + (isFile ? "" : " && sudo chmod u+rwx \(path)"))
    }
    guard place.isOpenToAll else { return Finding(.ok, name, words) }
    return Finding(
      .warn, name, "every user of the host may write \(words)", fix: "chmod o-w \(path)")
  }

  private var current: Finding {
    switch state.current {
    case .missing:
      return Finding(.ok, "current", "not there yet; the first `deploy push` makes it")
    case .directory:
      return Finding(
        .fail, "current", "is a directory, not a link; it cannot be replaced in one step",
        fix: "deploy adopt")
    case .other:
      return Finding(
        .fail, "current", "is a file, not a link",
        fix: "mv -T \(host.path)/current \(host.path)/current.before")
    case .link(let target, false):
      return Finding(
        .warn, "current", "leads to '\(target)', which is not there; the next push repairs it",
        fix: "deploy push")
    case .link(let target, true):
      if let live = inspection.live, !live.hasPrefix(inspection.home + "/releases/") {
        return Finding(
          .warn, "current", "leads out of releases/, to \(live)", fix: "deploy push")
      }
      guard target == "releases/\(state.liveName ?? "")" else {
        return Finding(
          .warn, "current", "is a link of another tool's form ('\(target)')", fix: "deploy adopt")
      }
      return Finding(.ok, "current", state.liveText)
    }
  }

  private var space: Finding {
    guard let free = state.freeKilobytes else { return Finding(.ok, "disk", "free space unknown") }
    let words = "\(byteCount(free * 1024)) free"
    if free < 50 * 1024 { return Finding(.fail, "disk", words, fix: tidy) }
    if free < 1024 * 1024 { return Finding(.warn, "disk", words, fix: tidy) }
    return Finding(.ok, "disk", words)
  }

  private var inodes: Finding {
    // btrfs and some network file systems count none and say 0.
    guard let free = state.freeInodes, free > 0 else {
      return Finding(.ok, "inodes", "not counted here")
    }
    if free < 2000 { return Finding(.fail, "inodes", "\(free) free", fix: tidy) }
    if free < 50_000 { return Finding(.warn, "inodes", "\(free) free", fix: tidy) }
    return Finding(.ok, "inodes", "\(free) free")
  }

  private var tidy: String {
    "du -xh --max-depth=2 \(host.path) | sort -h | tail  # or a smaller `keep` in deploy.json"
  }

  private var shared: [Finding] {
    settings.shared.directories.map { shared($0, .directory) }
      + settings.shared.files.map { shared($0, .file) }
  }

  private func shared(_ path: String, _ wanted: HostState.EntryKind) -> Finding {
    let kind = state.shared[path] ?? .missing
    let place = "\(host.path)/shared/\(path)"
    switch kind {
    case .missing where wanted == .file:
      return Finding(
        .fail, "shared", "shared/\(path) is required and missing",
        fix: host.transport == .local ? "cp \(path) \(place)" : "scp \(path) \(address):\(place)")
    case .missing:
      return Finding(.ok, "shared", "shared/\(path) is not there yet; `deploy setup` makes it")
    case .link: return Finding(.ok, "shared", "shared/\(path) (a link)")
    case wanted: return Finding(.ok, "shared", "shared/\(path)")
    case .directory, .file, .other:
      return Finding(
        .fail, "shared", "shared/\(path) is a \(kind.rawValue), config says \(wanted.rawValue)",
        fix: "mv -T \(place) \(place).before  # or correct `shared` in deploy.json")
    }
  }

  private var address: String { host.user.map { "\($0)@\(host.name)" } ?? host.name }

  // MARK: Web servers

  private var web: [Finding] {
    inspection.web.map { trap, file in
      switch trap {
      case "nginx-document-root":
        Finding(
          .warn, "nginx",
          "\(file) hands $document_root to PHP, whose caches then keep the old "
            + "release after a flip",
          fix: "sed -i 's/\\$document_root/$realpath_root/' \(file) && nginx -s reload")
      case "apache-symlinks":
        Finding(
          .warn, "apache", "\(file) limits symbolic links, and `current` is one",
          fix: "sed -i 's/SymLinksIfOwnerMatch/FollowSymLinks/; s/-FollowSymLinks/FollowSymLinks/' "
            + "\(file) && apachectl graceful")
      case "caddy":
        Finding(
          .warn, "caddy",
          "\(file) does not resolve `current`, so PHP's caches keep the old release",
          fix: "add `resolve_root_symlink` to php_fastcgi in \(file), then caddy reload")
      default:
        Finding(
          .warn, "web", "\(file) serves this directory, but not through `current`",
          fix: "let it serve \(host.path)/current, then reload it")
      }
    }
  }
}
