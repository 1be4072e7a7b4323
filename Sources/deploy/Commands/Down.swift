import Arguments
import Planning

let downCommand = Command<Context>(
  "down", "take the site down for maintenance, until `deploy up`",
  discussion: """
    Lays out shared/maintenance.html, which your web server shows as long as it is there, and tells the \
    framework as the recipe knows. A push or a rollback leaves the site down. Once more changes the message.

      deploy down --message 'We are moving house' --for 20m
    """,
  section: "maintenance",
  options: [
    MaintenanceOptions.message, MaintenanceOptions.lasting, MaintenanceOptions.retryAfter,
    PushOptions.wait, HostOptions.role, HostOptions.host,
  ]
) { invocation, context in
  try await Maintenance(
    Project(invocation, context).readingScripts().limited(invocation), invocation, context
  ).takeDown()
}

enum MaintenanceOptions {
  static let message = Option<String?>("message", value: "TEXT", "what visitors read")
  static let lasting = Option<Duration>(
    "for", value: "TIME", default: .zero,
    "how long it will take; nothing comes up by itself, but `deploy status` tells when it is over")
  static let retryAfter = Option<Int?>(
    "retry-after", value: "SECONDS", in: 1...86_400,
    "when visitors are asked to come back (default: what `--for` says, or 60)")
}
