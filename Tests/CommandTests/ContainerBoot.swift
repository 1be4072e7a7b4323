import Foundation
import Processes
import TestSupport

@testable import deploy

/// A container's first process without a container: the script that `deploy container boot` prints, in
/// a mount namespace of its own where the data directory is a mount, before a server that unpacks
/// as FrankenPHP does since 1.3. Needs root; Tests/Suites/container.sh does it with a real engine.
final class ContainerBoot: Sendable {
  let scene: Scene
  let shell: Shell
  var data: String { "\(scene.scratch.path)/data" }
  var source: String { "\(scene.scratch.path)/source" }
  var unpacking: String { "\(scene.scratch.path)/unpacking" }
  private var server: String { "\(scene.scratch.path)/server" }

  init(_ shell: Shell, _ container: String = "") throws {
    self.shell = shell
    scene = try Scene()
    for name in ["data", "source", "unpacking"] { try scene.scratch.directory(name) }
    let members = #""binary": "\#(server)", "data": "\#(data)", "service": "app""#
    try scene.configure([
      "recipe": #""orangescrum""#,
      "container": "{ \(members)\(container.isEmpty ? "" : ", ")\(container) }",
    ])
    try scene.scratch.write(
      #"""
      #!/bin/sh
      # Unpacks what is missing, through links too, and never says which links the archive held.
      tree=${TMPDIR:-/tmp}/frankenphp_$(cat "$SOURCE.build")
      (cd "$SOURCE" && find . -type d -exec sh -c 'for d; do mkdir -p "$0/$d"; done' "$tree" {} + &&
        find . -type f -exec sh -c 'for f; do [ -e "$0/$f" ] || cp -p "$f" "$0/$f"; done' "$tree" {} +)
      case $1 in
        version) echo "FrankenPHP v${VERSION:-1.11.1} PHP 8.4.1 Caddy v2.10.2" ;;
        *) printf 'serving %s\n' "$*" && [ -z "${WRITE-}" ] || echo upload >"$tree/$WRITE" ;;
      esac
      """#, to: "server")
    try scene.scratch.run(["chmod", "755", server])
    try build("1")
    try write("page\n", to: "webroot/index.php")
    try write("loader\n", to: "vendor/autoload.php")
    try write("deny\n", to: "webroot/files/.htaccess")
    try write("face\n", to: "webroot/files/photos/a b.png")
    try write("config\n", to: "config/app_local.php")
  }

  func write(_ text: String, to path: String) throws {
    try scene.scratch.write(text, to: "source/\(path)")
  }

  /// What FrankenPHP makes of the archive: its digest is in the name of the tree.
  func build(_ digit: String) throws {
    try scene.scratch.write(String(repeating: digit, count: 32), to: "source.build")
  }

  struct Start {
    var status: Int32
    var output: String
    var errors: String
  }

  /// Starts the container: `mounts` is shell that runs first, instead of mounting the data.
  func start(
    mounts: String? = nil, environment: [String: String] = [:], killedAfter: Int? = nil
  ) async throws -> Start {
    let boot = await scene.deploy("container", "boot")
    try scene.scratch.write(boot.results, to: "boot.sh")
    let limit = killedAfter.map { "timeout -s KILL 0.\($0) " } ?? ""
    let script = """
      \(mounts ?? "mount --bind '\(data)' '\(data)'") || exit 99
      exec \(limit)env -i PATH='\(shell.path)' TMPDIR='\(unpacking)' SOURCE='\(source)' "$@" \
      sh '\(scene.scratch.path)/boot.sh' php-server --listen :80
      """
    let variables = environment.map { "\($0.key)=\($0.value)" }
    let result = try Command(
      ["unshare", "-m", "-p", "-f", "--mount-proc", "sh", "-c", script, "sh"] + variables
    ).run()
    return Start(status: result.status, output: result.text, errors: result.errorText)
  }

  /// Everything below the data directory, with its content.
  func volume() throws -> String {
    try scene.scratch.run(
      ["sh", "-c", "find . -type f -exec grep -H '' {} + | LC_ALL=C sort"], in: data)
  }

  /// The same of what the site sees through its links.
  func shown(_ path: String) throws -> String {
    try scene.scratch.run(["sh", "-c", "cat deploy-app/'\(path)'"], in: unpacking)
  }
}
