import Arguments
import Execution
import Glibc
import Planning

let sshCommand = Command<Context>(
  "ssh", "open a shell in the application's directory on a host",
  discussion: """
    Becomes the system's ssh, with the host, user, port and key of deploy.json. The shell starts \
    in `current`, or in the application's directory when nothing is live.

      deploy ssh --host web2
    """,
  section: "looking", options: [HostOptions.host, HostOptions.role]
) { invocation, context in
  let hosts = try Project(invocation, context).limited(invocation).settings.hosts
  guard let host = hosts.first, hosts.count == 1 else {
    throw Failure(
      exitCode: 2, what: "a shell opens on one host at a time", live: "unchanged",
      next: "name it: " + hosts.map { "`deploy ssh --host \($0.name)`" }.joined(separator: ", "))
  }
  let words = ShellVisit(host).words
  context.console.explain("\(words.joined(separator: " "))")
  ShellVisit.become(words)
  throw Failure(
    exitCode: 2, host: host.name, phase: "ssh",
    what: "cannot start '\(words[0])': \(String(cString: strerror(errno)))", live: "unchanged",
    next: "install the OpenSSH client on this machine")
}

/// A person's own shell on a host.
struct ShellVisit {
  let words: [String]

  init(_ host: Settings.Host) {
    let root = RunCommandLine.quoted(host.path)
    let start = "cd \(root)/current 2>/dev/null || cd \(root); exec \"${SHELL:-sh}\" -l"
    if host.transport == .local {
      words = ["sh", "-c", start]
      return
    }
    var options = ["ssh", "-t"]
    if let file = host.ssh.config { options += ["-F", file] }
    if let user = host.user { options += ["-l", user] }
    if let port = host.port { options += ["-p", "\(port)"] }
    if let key = host.ssh.identity { options += ["-i", key, "-o", "IdentitiesOnly=yes"] }
    if let file = host.ssh.knownHosts { options += ["-o", "UserKnownHostsFile=\(file)"] }
    words = options + ["--", host.name, start]
  }

  /// Replaces this process. Returns only when that failed.
  static func become(_ words: [String]) {
    // A program keeps what is blocked and ignored here, and nobody there would expect it.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    signal(SIGPIPE, SIG_DFL)
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    execvp(words[0], &arguments)
    for argument in arguments { free(argument) }
  }
}
