internal import Glibc
internal import Processes
internal import Remote

/// An ssh-agent of our own that holds one RSA key for as long as it takes to log in.
///
/// libssh2 1.10 signs with an RSA key file by SHA-1 only, which servers refuse. OpenSSH's agent signs
/// properly, reads every key format, and takes the key by a pipe, so that nothing is written.
struct PrivateAgent {
  private let directory: String
  private let child: Child
  private let environment: [String: String]

  var agent: KeyAgent { KeyAgent(path: directory + "/agent") }

  static func start(environment: [String: String]) throws(RemoteError) -> PrivateAgent {
    let parent = environment["XDG_RUNTIME_DIR"] ?? environment["TMPDIR"] ?? "/tmp"
    let directory = "\(parent)/deploy-agent-\(UInt64.random(in: 0 ... .max))"
    guard mkdir(directory, 0o700) == 0 else {
      throw .local("cannot make '\(directory)': \(String(cString: strerror(errno)))")
    }
    do throws(ProcessError) {
      let child = try Child.start(
        Command(["ssh-agent", "-D", "-a", directory + "/agent"], environment: environment),
        input: .null, output: .null, errors: .null, ownSession: true)
      return PrivateAgent(directory: directory, child: child, environment: environment)
    } catch {
      rmdir(directory)
      throw .local("an RSA key file needs OpenSSH's ssh-agent: \(error.description)")
    }
  }

  /// False when the passphrase is wrong.
  func add(_ key: KeyFile, passphrase: String?, before limit: Moment) throws(RemoteError) -> Bool {
    while (try? agent.identities(before: limit)) == nil {
      guard !limit.hasPassed else { throw .timedOut("ssh-agent did not start in time") }
      usleep(2_000)
    }
    var variables = environment
    variables["SSH_AUTH_SOCK"] = agent.path
    if let passphrase {
      variables["SSH_ASKPASS"] = try askPass()
      variables["SSH_ASKPASS_REQUIRE"] = "force"
      variables["DEPLOY_PASSPHRASE"] = passphrase
    }
    do throws(ProcessError) {
      return try Command(["ssh-add", "-q", "-"], environment: variables, input: key.text).run()
        .status == 0
    } catch {
      throw .local("an RSA key file needs OpenSSH's ssh-add: \(error.description)")
    }
  }

  func end() {
    kill(child.pid, SIGTERM)
    _ = child.wait()
    unlink(directory + "/agent")
    unlink(directory + "/ask")
    rmdir(directory)
  }

  /// The program that ssh-add asks. The passphrase is in its environment, not in the file; asked a
  /// second time it fails, because ssh-add would ask for ever.
  private func askPass() throws(RemoteError) -> String {
    let path = directory + "/ask"
    let text = "#!/bin/sh\ncase $1 in Bad*) exit 1 ;; esac\nprintf '%s\\n' \"$DEPLOY_PASSPHRASE\"\n"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o700)
    guard descriptor >= 0, write(descriptor, text, text.utf8.count) == text.utf8.count else {
      throw .local("cannot write '\(path)': \(String(cString: strerror(errno)))")
    }
    Glibc.close(descriptor)
    return path
  }
}
