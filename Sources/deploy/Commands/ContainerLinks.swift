import Arguments
import Execution
import Planning

let containerLinksCommand = Command<Context>(
  "container links", "list what is kept on volumes, and why",
  section: "containers"
) { invocation, context in
  let settings = try ContainerProject(invocation, context).settings
  var table = Table(headings: [
    "in the application", "class", "on a volume", "without one", "because of",
  ])
  for (link, why) in settings.containerLinks {
    table.rows.append([
      link.path, link.kind.rawValue, link.target, link.isRequired ? "no start" : "left out", why,
    ])
    context.console.emit([
      "event": "link", "path": .string(link.path), "class": .string(link.kind.rawValue),
      "target": .string(link.target), "required": .bool(link.isRequired), "why": .string(why),
    ])
  }
  if context.console.mode == .text {
    context.console.print(table.text(width: context.console.width))
  }
}

/// The project at hand, for commands that only look at its container and need no host.
struct ContainerProject {
  let settings: Settings

  init(_ invocation: Invocation, _ context: Context) throws {
    settings = try Project(invocation, context, needsHosts: false).settings
    guard settings.container.binary != nil else {
      throw Failure(
        exitCode: 2, what: "deploy.json says nothing of a container", live: "unchanged",
        next: "add \"container\": { \"service\": \"app\", \"binary\": \"/path/in/the/image\" }")
    }
  }
}
