import Planning

/// What is told of a deploy, in the two forms that are understood.
///
/// The JSON is an interface: fields are added within a version, never renamed or removed.
struct Announcement: Sendable {
  static let version = 1

  var moment: Settings.Notification.Moment
  var verb: String
  var app: String
  var stage: String
  var requester: Requester
  var exitCode: Int32 = 0
  var message: String?
  var seconds: Double?
  var hosts: [Tally.Host] = []
  var origin = Tally.Origin()
  var ciURL: String?
  /// In UTC.
  var at: String

  func body(_ format: Settings.Notification.Format, id: String) -> String {
    switch format {
    case .json: json(id).text
    case .slack: JSONLine.object([.init(key: "text", value: .string(slack))]).text
    }
  }

  private func json(_ id: String) -> JSONLine {
    [
      "version": .integer(Self.version), "id": .string(id), "event": .string(moment.rawValue),
      "at": .string(at), "app": .string(app), "stage": .string(stage), "verb": .string(verb),
      "actor": .string(requester.actor), "client": .string(requester.client),
      "commit": JSONLine(origin.commit), "branch": JSONLine(origin.branch),
      "subject": JSONLine(origin.subject), "ci_url": JSONLine(ciURL),
      "exit": moment == .start ? .null : .integer(Int(exitCode)), "message": JSONLine(message),
      "seconds": seconds.map(JSONLine.number) ?? .null,
      "hosts": .array(
        hosts.map {
          [
            "host": .string($0.name), "exit": .integer(Int($0.exitCode)),
            "live": JSONLine($0.live), "was": JSONLine($0.was),
          ]
        }),
    ]
  }

  /// One or two lines in which Slack, Mattermost and others find no markup but ours.
  private var slack: String {
    let place = "*\(Self.plain("\(app) \(stage)"))*"
    let who = Self.plain(requester.actor)
    let subject = origin.subject.map { ": \(Self.plain($0))" } ?? ""
    switch moment {
    case .start: return ":rocket: \(place): \(verb) by \(who) begins\(subject)"
    case .success,
      .rollback where exitCode == 0:
      let releases = Set(hosts.compactMap(\.live)).sorted().joined(separator: ", ")
      let names = hosts.map(\.name).joined(separator: ", ")
      let sign = moment == .success ? ":white_check_mark:" : ":rewind:"
      return "\(sign) \(place): \(Self.plain(releases)) is live on \(Self.plain(names)) "
        + "(\(verb) by \(who))\(subject)"
    case .failure, .rollback:
      return ":x: \(place): \(verb) by \(who) ended with \(exitCode)\(subject)"
        + (message.map { "\n" + Self.plain($0) } ?? "")
    }
  }

  private static func plain(_ text: String) -> String {
    text.reduce(into: "") { out, character in
      switch character {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      default: out.append(character)
      }
    }
  }
}
