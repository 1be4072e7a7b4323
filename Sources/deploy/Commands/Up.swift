import Arguments

let upCommand = Command<Context>(
  "up", "bring the site back from maintenance",
  discussion: """
    Tells the framework, then takes shared/maintenance.html away. A host that is not down is left as it is.
    """,
  section: "maintenance", options: [PushOptions.wait, HostOptions.role, HostOptions.host]
) { invocation, context in
  try await Maintenance(
    Project(invocation, context).readingScripts().limited(invocation), invocation, context
  ).bringUp()
}
