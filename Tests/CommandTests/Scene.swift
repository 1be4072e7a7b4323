import Foundation
import Glibc
import Processes
import TestSupport

@testable import deploy

/// TestSupport has surroundings of its own.
private typealias ConsoleSurroundings = deploy.Surroundings

/// A project and a server's directory on this machine, and the tool to use on them.
final class Scene: Sendable {
  let scratch: TreeScratch
  /// The application's directory on the "server". It does not exist yet.
  var root: String { "\(scratch.path)/srv/app" }
  var project: String { "\(scratch.path)/project" }

  init(_ configuration: [String: String] = [:]) throws {
    scratch = try TreeScratch()
    try scratch.write("hello\n", to: "project/index.php")
    try scratch.directory("srv")
    try configure(configuration)
  }

  /// Writes deploy.json: a directory of files to this machine, but for what is given as JSON text.
  func configure(_ changes: [String: String]) throws {
    var members = [
      "app": #""shop""#, "recipe": #""none""#, "source": #"{ "directory": "." }"#,
      "hosts": #"[{ "host": "web1", "transport": "local" }]"#, "path": "\"\(root)\"",
      "exclude": #"["deploy.json"]"#,
      // What a host does after its answer would change what a test looks at.
      "transfer": #"{ "standby": false }"#,
    ]
    members.merge(changes) { $1 }
    let lines = members.sorted { $0.key < $1.key }.map { "  \"\($0.key)\": \($0.value)" }
    try scratch.write("{\n\(lines.joined(separator: ",\n"))\n}\n", to: "project/deploy.json")
  }

  struct Ending {
    var status: Int32
    var results: String
    var reports: String

    var lines: [String] { reports.split(separator: "\n").map(String.init) }
  }

  /// The tool in this process, with what it writes kept.
  func deploy(_ words: String...) async -> Ending { await deploy(words) }

  func deploy(_ words: [String]) async -> Ending {
    let recorder = ConsoleRecorder()
    let surroundings = ConsoleSurroundings(columns: 1000, environment: environment)
    let status = await Main.run(
      (words.contains("--config") ? [] : ["--config", "\(project)/deploy.json"]) + words,
      surroundings: surroundings, sink: recorder)
    return Ending(status: status, results: recorder.results, reports: recorder.reports)
  }

  /// The tool as it is installed, where another `sh` is found first.
  func deploy(under shell: Shell, _ words: String...) throws -> Ending {
    try deploy(path: shell.path, words)
  }

  /// The installed tool, where other programs are found first.
  func deploy(pathPrefix: String, _ words: String...) throws -> Ending {
    try deploy(path: "\(pathPrefix):/usr/bin:/bin", words)
  }

  /// The installed tool at work, to be ended by its caller.
  func start(_ words: String...) throws -> Child { try start(environment: [:], words) }

  func start(environment more: [String: String], _ words: [String]) throws -> Child {
    try Child.start(
      Command(
        [Self.binary] + words, in: project, environment: environment.merging(more) { $1 }),
      input: .null, output: .pipe, errors: .pipe)
  }

  /// Until a path is in the application's directory.
  func wait(for path: String) throws {
    try server(
      """
      for turn in $(seq 200); do
        for file in \(path); do [ ! -e "$file" ] || exit 0; done
        sleep 0.1
      done
      exit 1
      """)
  }

  /// The installed tool, with this on its standard input.
  func deploy(
    input: String, environment more: [String: String] = [:], _ words: [String]
  ) throws -> Ending { try deploy(path: nil, words, input: input, environment: more) }

  private func deploy(
    path: String?, _ words: [String], input: String = "", environment more: [String: String] = [:]
  ) throws -> Ending {
    var environment = environment.merging(more) { $1 }
    if let path { environment["PATH"] = path }
    let result = try Command(
      [Self.binary] + words, in: project, environment: environment, input: Array(input.utf8)
    ).run()
    return Ending(
      status: result.status, results: result.text, reports: result.errorText)
  }

  /// Runs a line of shell in the application's directory.
  @discardableResult
  func server(_ script: String) throws -> String {
    try scratch.run(["mkdir", "-p", root])
    return try scratch.run(["sh", "-euc", script], in: root)
  }

  /// Every entry with its mode, owner and target, and the digest of every file. Times and sizes of
  /// directories say nothing of what is in them.
  func inventory() throws -> String {
    try server(
      #"""
      find . -mindepth 1 ! -type d -printf '%p %y %m %U %s %l\n' | LC_ALL=C sort
      find . -mindepth 1 -type d -printf '%p %y %m %U\n' | LC_ALL=C sort
      find . -type f -exec sha256sum {} + | LC_ALL=C sort
      """#)
  }

  private var environment: [String: String] {
    [
      "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": scratch.path,
      "USER": "ann", "LANG": "C.UTF-8",
    ]
  }

  static var binary: String {
    let program = CommandLine.arguments[0]
    return program[..<(program.lastIndex(of: "/") ?? program.startIndex)] + "/deploy"
  }
}
