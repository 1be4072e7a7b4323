import Arguments
import Execution
import Planning

let containerOverrideCommand = Command<Context>(
  "container override", "print what the compose file needs, to be read after it",
  discussion: """
    Your compose file stays as it is. The override mounts the script of `deploy container boot` into \
    the service and makes it the entry point.

      docker compose -f docker-compose.yaml -f compose.deploy.json up -d
    """,
  section: "containers", options: [ContainerOverrideOptions.script]
) { invocation, context in
  let container = try ContainerProject(invocation, context).settings.container
  guard !container.service.isEmpty else {
    throw Failure(
      exitCode: 2, what: "deploy.json does not name the service of the compose file",
      live: "unchanged", next: "add \"service\": \"NAME\" to `container`")
  }
  let script = invocation[ContainerOverrideOptions.script] ?? "./boot.sh"
  var service: [JSONLine.Member] = [
    .init(key: "entrypoint", value: ["/bin/sh", .string(ComposeOverride.place)]),
    // With an entry point of its own, a service no longer has the image's command.
    .init(key: "command", value: .array(container.command.map(ComposeOverride.literal))),
    .init(
      key: "volumes",
      value: [
        [
          "type": "bind", "source": ComposeOverride.literal(script),
          "target": .string(ComposeOverride.place), "read_only": true,
        ]
      ]),
  ]
  if let tmpdir = container.tmpdir {
    // Here and not in the script: what runs beside the server looks for the same tree.
    service.append(.init(key: "environment", value: ["TMPDIR": ComposeOverride.literal(tmpdir)]))
  }
  let override: JSONLine = [
    "services": .object([.init(key: container.service, value: .object(service))])
  ]
  context.console.print(raw: Array(override.text.utf8))
}

private enum ContainerOverrideOptions {
  static let script = Option<String?>(
    "script", value: "PATH", "where the script is, from the compose file's folder (./boot.sh)")
}

private enum ComposeOverride {
  static let place = "/deploy/boot.sh"

  /// Compose looks for variables in every text.
  static func literal(_ text: String) -> JSONLine {
    .string(text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$"))
  }
}
