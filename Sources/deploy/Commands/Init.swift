import Arguments
import Configuration
import Execution
import Glibc
import Recipes

let initCommand = Command<Context>(
  "init", "write a deploy.json for the project in this directory",
  discussion: """
    Finds out what the project is made with and writes a commented deploy.json: what it found, and \
    every other key as an example. Never overwrites.

      deploy init                  writes deploy.json
      deploy init --ci github      writes the workflow by which a CI system deploys it
    """,
  section: "setting up", options: [InitOptions.ci]
) { invocation, context in
  if let system = invocation[InitOptions.ci] { return try writeWorkflow(system, context) }
  let file = ProjectFile(named: invocation[CommonOptions.config], in: context.directory)
  let matches = try Detection(catalog: Catalog(environment: context.environment))
    .detect(in: file.directory)
  let best = Detection.best(of: matches)
  // Of several that fit equally well nobody but the user can choose.
  let match = best.count == 1 ? best.first : nil
  let template = ProjectTemplate(
    directory: file.directory, recipe: match?.recipe.name,
    reason: match?.evidence.joined(separator: ", "))
  try file.create(template.text)
  let found =
    match.map { "detected \($0.description)" }
    ?? (best.isEmpty
      ? "no recipe fits"
      : "several recipes fit: \(best.map(\.description).joined(separator: "; "))")
  context.console.print(
    """
    \(.green, "wrote") \(file.path)
      found: \(found)
      next:  set `hosts` and `path` in it, then `deploy trust`, `deploy check`, `deploy setup`, `deploy push`
    """,
    json: [
      "event": "init", "file": .string(file.path), "recipe": JSONLine(match?.recipe.name),
      "evidence": .array((match?.evidence ?? []).map(JSONLine.string)),
      "candidates": .array(best.map { .string($0.recipe.name) }),
    ])
}

private func writeWorkflow(_ system: CIWorkflow, _ context: Context) throws {
  let file = ProjectFile(named: system.path, in: context.directory)
  try file.makeDirectories()
  try file.create(system.text)
  context.console.print(
    """
    \(.green, "wrote") \(file.path)
      next:  \(system.next)
             `deploy trust` shows the server's key; write it into deploy.json as `host_key`
    """,
    json: ["event": "init", "file": .string(file.path), "ci": .string(system.rawValue)])
}

enum InitOptions {
  static let ci = Option<CIWorkflow?>(
    "ci", value: "SYSTEM", "write a workflow for `github` or `gitlab` instead")
}

/// A file of the project that is to be written.
struct ProjectFile {
  let path: String

  init(named name: String?, in directory: String) {
    let name = name ?? "deploy.json"
    path = name.hasPrefix("/") ? name : "\(directory)/\(name)"
  }

  var directory: String {
    let parent = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
    return parent.isEmpty ? "/" : String(parent)
  }

  func makeDirectories() throws(Failure) {
    for index in directory.indices.dropFirst() + [directory.endIndex]
    where index == directory.endIndex || directory[index] == "/" {
      let parent = String(directory[..<index])
      guard mkdir(parent, 0o755) == 0 || errno == EEXIST else {
        throw Failure(
          exitCode: 19, what: "cannot make \(parent): \(String(cString: strerror(errno)))",
          live: "unchanged", next: "run it where you may write")
      }
    }
  }

  /// O_EXCL: what is there already stays, also when it came in this instant.
  func create(_ text: String) throws(Failure) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw errno == EEXIST
        ? Failure(
          exitCode: 2, what: "\(path) is here already; it was not touched", live: "unchanged",
          next: "edit it, or move it away and run `deploy init` again")
        : Failure(
          exitCode: 19, what: "cannot write \(path): \(String(cString: strerror(errno)))",
          live: "unchanged", next: "run it where you may write")
    }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard write(descriptor, bytes, bytes.count) == bytes.count else {
      unlink(path)
      throw Failure(
        exitCode: 19, what: "cannot write \(path): \(String(cString: strerror(errno)))",
        live: "unchanged", next: "free some space, then run it again")
    }
  }
}
