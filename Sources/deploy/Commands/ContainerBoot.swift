import Arguments
import Container
import Execution
import Planning

let containerBootCommand = Command<Context>(
  "container boot", "print the script that starts the container, links first",
  discussion: """
    For an application that is embedded in a FrankenPHP binary. The script unpacks it, puts links to \
    volumes where data is, looks at every one, and then becomes the server. When anything is not right \
    it says what and exits with 78, before the first request.

      deploy container boot > boot.sh
      deploy container override > compose.deploy.json
      docker compose -f docker-compose.yaml -f compose.deploy.json up -d

    It needs sh, find, cp, ln, awk and mktemp in the image, as Alpine's and Debian's have.
    """,
  section: "containers"
) { invocation, context in
  let settings = try ContainerProject(invocation, context).settings
  if let script = BootScript(settings) { context.console.print(raw: script.text) }
}
