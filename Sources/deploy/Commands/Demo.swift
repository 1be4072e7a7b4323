import Arguments
import Execution
import Glibc

let demoCommand = Command<Context>(
  "demo", "push a sample application twice and roll it back, on this machine",
  discussion: """
    Starts a private sshd on a free port of the loopback with keys made for the occasion (without sshd \
    it deploys on this machine directly), and shows that an upload survives. Touches nothing but a \
    directory that it names.
    """,
  section: "starting"
) { _, context in
  try await Demo(context).run()
}

/// The main road in a minute: two pushes, an upload in between, a rollback.
struct Demo {
  let context: Context
  let directory: String

  init(_ context: Context) throws {
    self.context = context
    let parent = context.environment["TMPDIR"] ?? "/tmp"
    var template = Array("\(parent)/deploy-demo-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else {
      throw Failure(
        exitCode: 19, what: "cannot make a directory in \(parent)", live: "unchanged",
        next: "set TMPDIR to a directory that you may write")
    }
    directory = String(cString: made)
  }

  func run() async throws {
    let began = ContinuousClock.now
    let server = PrivateServer.start(in: "\(directory)/ssh")
    defer { server?.stop() }
    context.interruption.whenRequested { server?.stop() }
    let root = "\(directory)/srv/guestbook"
    DemoFiles.write(
      SampleApp.configuration(
        host: server?.hosts ?? "\"hosts\": [{ \"transport\": \"local\" }]", root: root),
      to: "\(directory)/deploy.json")
    DemoFiles.write("APP_KEY=demo\n", to: "\(root)/shared/.env", mode: 0o600)
    say(
      server.map {
        "A private sshd listens on 127.0.0.1:\($0.port); the project is in \(directory)."
      }
        ?? "There is no sshd here, so this machine is deployed to directly, in \(directory).")

    write(version: 1)
    try await step("Push version 1", ["push", "--timings"])
    let upload = "\(root)/current/public/uploads/sunset.jpg"
    DemoFiles.write("a visitor's photo\n", to: upload)
    say(
      """
      A visitor uploads a photo through the live site: current/public/uploads/sunset.jpg. \
      Nobody declared that directory.
      """)

    write(version: 2)
    try await step("Push version 2", ["push", "--timings"])
    try expect(version: 2, upload: upload)
    try await step("Roll back to version 1", ["rollback", "--timings"])
    try expect(version: 1, upload: upload)
    try await step("What happened", ["history", "--verify"])
    let seconds = began.duration(to: .now) / .seconds(1)
    say(
      """
      All of it took \(milliseconds(seconds)). Look around in \(directory), remove it when you are done.
      Next: `deploy init` in a project of yours.
      """)
  }

  private func say(_ text: String) {
    context.console.print(Text("\n" + text), json: ["event": "demo", "message": .string(text)])
  }

  private func write(version: Int) {
    for file in SampleApp.files(version: version) {
      DemoFiles.write(
        file.text, to: "\(directory)/app/\(file.path)",
        mode: file.path.hasPrefix("bin/") ? 0o755 : 0o644)
    }
  }

  /// Runs the tool itself, as a user would in the project's directory.
  private func step(_ title: String, _ words: [String]) async throws {
    say("\(title): deploy \(words.joined(separator: " "))")
    let config = ["--config", "\(directory)/deploy.json"]
    let code = await Main.perform(words + config, in: context)
    guard code == 0 else { throw Ended(exitCode: code) }
  }

  private func expect(version: Int, upload: String) throws {
    let page = DemoFiles.read("\(directory)/srv/guestbook/current/public/index.php")
    let photo = DemoFiles.read(upload)
    guard page.contains("version \(version)"), photo == "a visitor's photo\n" else {
      throw Failure(
        exitCode: 20, what: "the demonstration did not find what it expected",
        live: "see \(directory)",
        next: "please report this with the output above")
    }
    say("Live is version \(version), and the photo is still there.")
  }
}
