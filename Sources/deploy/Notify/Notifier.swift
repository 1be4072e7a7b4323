import Execution
import Glibc
import Planning
import Processes

/// Tells those whom `notify` names how a deploy went: after it was reported, in at most a few seconds, and
/// whatever becomes of that is one line and no other exit code.
struct Notifier: Sendable {
  private let settings: Settings
  private let context: Context
  private let verb: String
  private let tally: Tally
  private let began = ContinuousClock.now

  init(_ settings: Settings, _ context: Context, verb: String, tally: Tally) {
    self.settings = settings
    self.context = context
    self.verb = verb
    self.tally = tally
    context.console.conceal(settings.notify.flatMap(secrets))
  }

  /// Says that it begins, beside what follows, and sees to it that the end is told too.
  func begin() {
    guard !settings.notify.isEmpty else { return }
    let start = Task { await tell([.start], announcement(.start)) }
    context.aftermath.add { ending in
      await start.value
      await tell(ending)
    }
  }

  private func tell(_ ending: Aftermath.Ending) async {
    guard ending.exitCode != 0 || !tally.isIdle else { return }
    let moments = Self.moments(verb, ending.exitCode, hosts: tally.hosts)
    guard let first = moments.first else { return }
    var announcement = announcement(first)
    announcement.exitCode = ending.exitCode
    announcement.message = ending.message
    announcement.seconds = began.duration(to: .now) / .seconds(1)
    announcement.hosts = tally.hosts
    await tell(moments, announcement)
  }

  /// What an ending is for those who asked for it. A push that went back is a failure and a rollback.
  static func moments(
    _ verb: String, _ exitCode: Int32, hosts: [Tally.Host]
  ) -> [Settings.Notification.Moment] {
    guard exitCode == 0 else {
      let wentBack = exitCode == 14 || hosts.contains { $0.exitCode == 14 }
      return wentBack ? [.failure, .rollback] : [.failure]
    }
    return verb == "rollback" ? [.rollback] : [.success]
  }

  /// All at once, so that one who does not answer keeps nobody else waiting.
  private func tell(
    _ moments: [Settings.Notification.Moment], _ announcement: Announcement
  ) async {
    await withTaskGroup(of: String?.self) { group in
      for target in settings.notify {
        guard let moment = moments.first(where: target.moments.contains) else { continue }
        var announcement = announcement
        announcement.moment = moment
        let told = announcement
        group.addTask { (try? await onThread { send(told, to: target) }) ?? nil }
      }
      for await fault in group {
        if let fault { context.console.warn(Text("\(fault); the deploy is as it was reported")) }
      }
    }
  }

  /// Nil when it was taken.
  private func send(_ announcement: Announcement, to target: Settings.Notification) -> String? {
    guard let url = url(of: target.address) else {
      guard case .variable(let name) = target.address else { return nil }
      return "no notification: \(name) is not set to an address"
    }
    var secret: String?
    if let name = target.secretEnv {
      secret = context.environment[name]
      // What bears no signature must not look as if it came from here.
      guard secret?.isEmpty == false else {
        return
          "no notification to \(Webhook(url: url, secret: nil, environment: [:]).host): \(name) is not set"
      }
    }
    let webhook = Webhook(url: url, secret: secret, environment: context.environment)
    let id = Self.makeID()
    let body = context.console.masked(announcement.body(target.format, id: id))
    return webhook.send(body, id: id).map { "no notification to \(webhook.host): \($0)" }
  }

  private func url(of address: Settings.Notification.Address) -> String? {
    switch address {
    case .url(let url): url
    case .variable(let name): context.environment[name].flatMap { Self.isURL($0) ? $0 : nil }
    }
  }

  private static func isURL(_ text: String) -> Bool {
    (text.hasPrefix("https://") || text.hasPrefix("http://"))
      && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
  }

  private func secrets(of target: Settings.Notification) -> [String] {
    let secret = target.secretEnv.flatMap { context.environment[$0] }
    return [url(of: target.address), secret].compactMap(\.self)
  }

  private static func makeID() -> String {
    "msg_" + String(UInt64.random(in: 1 << 60 ... .max), radix: 16)
      + String(UInt64.random(in: 1 << 60 ... .max), radix: 16)
  }

  private func announcement(_ moment: Settings.Notification.Moment) -> Announcement {
    var announcement = Announcement(
      moment: moment, verb: verb, app: settings.app, stage: settings.stage,
      requester: .current(context.environment), at: Self.now())
    announcement.origin = tally.origin
    announcement.ciURL = Self.ciURL(context.environment)
    return announcement
  }

  private static func ciURL(_ environment: [String: String]) -> String? {
    if let job = environment["CI_JOB_URL"] { return job }
    guard let server = environment["GITHUB_SERVER_URL"],
      let repository = environment["GITHUB_REPOSITORY"], let run = environment["GITHUB_RUN_ID"]
    else { return nil }
    return "\(server)/\(repository)/actions/runs/\(run)"
  }

  private static func now() -> String {
    var seconds = time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 32)
    strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
