import Arguments
import Configuration
import Execution
import FoundationEssentials
import Recipes

let recipesCommand = Command<Context>(
  "recipes", "list the recipes, show one, or say which one fits this project and why",
  discussion: """
    A recipe holds what is known of a framework: how it is built, which files are data, what has to \
    run before and after the flip. Yours lie in ~/.config/deploy/recipes/ and replace ours of the \
    same name; `"recipe": "./shop.json"` in deploy.json names one by its path.

      deploy recipes
      deploy recipes show laravel
      deploy recipes detect
    """,
  section: "help", operands: [RecipesOperands.action, RecipesOperands.name]
) { invocation, context in
  let guide = RecipeGuide(
    catalog: Catalog(environment: context.environment), console: context.console,
    directory: context.directory)
  let name = invocation[RecipesOperands.name]
  switch (invocation[RecipesOperands.action], name) {
  case (nil, _): guide.list()
  case (.show, let name?): try guide.show(name)
  case (.show, nil): throw UsageError.missingOperand("<name>", command: "deploy recipes show")
  case (.detect, let name?):
    throw UsageError.tooManyOperands(first: name, command: "deploy recipes detect")
  case (.detect, nil):
    let file = ProjectFile(named: invocation[CommonOptions.config], in: context.directory)
    try guide.detect(in: file.directory)
  }
}

enum RecipesOperands {
  static let action = Operand<Action?>("action", "instead of a list of all")
  static let name = Operand<String?>("name", "the recipe to show, by its name or its file's path")

  enum Action: String, ArgumentValue, CaseIterable {
    case show
    case detect
  }
}

/// What can be told of recipes without a host.
struct RecipeGuide {
  let catalog: Catalog
  let console: Console
  let directory: String

  func list() {
    warnOfBroken()
    var table = Table(headings: ["recipe", "priority", "from", "title"])
    for recipe in catalog.inventory.recipes {
      let entry = catalog.entry(recipe.name)
      let isOwn = entry?.isOwn == true
      table.rows.append([
        recipe.name, recipe.priority.map(String.init) ?? "by name only", isOwn ? "you" : "deploy",
        recipe.title,
      ])
      console.emit([
        "event": "recipe", "name": .string(recipe.name), "title": .string(recipe.title),
        "priority": JSONLine(recipe.priority), "own": .bool(isOwn), "file": JSONLine(entry?.file),
      ])
    }
    if console.mode == .text { console.print(table.text(width: console.width)) }
  }

  /// One's own recipes with a mistake in them are not in the list; they may not be missed there.
  private func warnOfBroken() {
    for broken in catalog.inventory.broken {
      console.warn("your recipe '\(broken.entry.name)' is not used: \(broken.error)")
    }
  }
}

// MARK: - One recipe

extension RecipeGuide {
  func show(_ name: String) throws {
    let entry = try entry(name)
    let text = String(decoding: try entry.text(), as: UTF8.self)
    let recipe = try entry.recipe()
    let skeleton = catalog.skeleton(for: recipe)
    let tree = Self.tree(skeleton)
    console.print(
      "\(text.droppingLastNewline)\n\n\(.bold, "shared/ on a new host")\n\(tree)",
      json: [
        "event": "recipe", "name": .string(recipe.name), "title": .string(recipe.title),
        "priority": JSONLine(recipe.priority), "own": .bool(entry.isOwn),
        "file": .string(entry.file), "text": .string(text),
        "skeleton": .array(skeleton.directories.map { Self.json($0, skeleton.modes[$0]) }),
        "files": .array(recipe.sharedFiles.map(JSONLine.string)),
      ])
  }

  private func entry(_ name: String) throws -> Catalog.Entry {
    if name.contains("/") || name.hasSuffix(".json") {
      return catalog.entry(path: name.hasPrefix("/") ? name : "\(directory)/\(name)")
    }
    if let entry = catalog.entry(name) { return entry }
    let nearest = Spelling.nearest(to: name, among: catalog.names)
    throw Failure(
      exitCode: 2, what: "there is no recipe '\(name)'", live: "unchanged",
      next: nearest.map { "did you mean `deploy recipes show \($0)`?" }
        ?? "`deploy recipes` lists them")
  }

  private static func tree(_ skeleton: Skeleton) -> String {
    guard !skeleton.directories.isEmpty else { return "  nothing" }
    let directories = skeleton.directories.map { path in
      line(skeleton.modes[path].map { String($0, radix: 8) } ?? "", path + "/")
    }
    let files = skeleton.files.map { line(String($0.mode, radix: 8), $0.path) }
    return (directories + files).joined(separator: "\n")
  }

  private static func line(_ mode: String, _ path: String) -> String {
    "  \(mode.padding(toLength: 6))\(path)"
  }

  private static func json(_ directory: String, _ mode: Int?) -> JSONLine {
    ["path": .string(directory), "mode": JSONLine(mode.map { String($0, radix: 8) })]
  }
}

extension String {
  fileprivate func padding(toLength length: Int) -> String {
    self + String(repeating: " ", count: max(0, length - count))
  }
}

// MARK: - Detection

extension RecipeGuide {
  func detect(in directory: String) throws {
    warnOfBroken()
    let detection = Detection(catalog: catalog)
    let matches = detection.matches(in: directory)
    let best = Detection.best(of: matches)
    tell(matches, best, in: directory)
    guard best.count < 2 else {
      throw ConfigurationError.ambiguousRecipe(
        file: "deploy.json", reasons: best.map(\.description))
    }
    // What may be meant for this project and cannot be used stops a push: so it does here.
    _ = try detection.detect(in: directory)
  }

  private func tell(_ matches: [Match], _ best: [Match], in directory: String) {
    let match = best.count == 1 ? best.first : nil
    let below = matches.isEmpty ? applications(below: directory) : []
    console.emit([
      "event": "detected", "recipe": JSONLine(match?.recipe.name),
      "evidence": .array((match?.evidence ?? []).map(JSONLine.string)),
      "docroot": JSONLine(match?.docroot),
      "candidates": .array(matches.map(Self.json)),
      "below": .array(below.map { .string($0.directory) }),
    ])
    guard console.mode == .text else { return }
    if let match { return console.print(Text(words(match, matches, in: directory))) }
    guard matches.isEmpty else { return }
    console.print(Text(Self.nothing(below)))
  }

  private func words(_ match: Match, _ matches: [Match], in directory: String) -> String {
    let others = matches.dropFirst().map { other in
      "\(other.recipe.name) (\(other.recipe.priority ?? 0))"
    }
    let outranked =
      others.isEmpty
      ? "" : "\n  outranks: \(others.joined(separator: ", "))"
    return "\(match)\(outranked)\n  docroot:  \(Self.docroot(of: match, in: directory))"
  }

  private static func docroot(of match: Match, in directory: String) -> String {
    guard let root = match.docroot else {
      return "none; name it under public.root if a web server shows files of the release"
    }
    var isDirectory = false
    let isThere = FileManager.default.fileExists(
      atPath: "\(directory)/\(root)", isDirectory: &isDirectory)
    return isThere && isDirectory
      ? root
      : "\(root), which is not here: the build makes it, or public.root is to name another one"
  }

  private static func nothing(_ below: [(directory: String, match: Match)]) -> String {
    guard !below.isEmpty else {
      return "no recipe fits; deploy.json says what there is to know (`deploy init` writes one)"
    }
    let found = below.map { "\n  \($0.directory)/: \($0.match)" }.joined()
    return "no recipe fits here, but in directories below; each wants a deploy.json of its own:"
      + found
  }

  /// `api/` and `web/` side by side are two applications.
  private func applications(
    below directory: String
  ) -> [(directory: String, match: Match)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.filter { !$0.hasPrefix(".") && $0 != "node_modules" && $0 != "vendor" }.sorted()
      .compactMap { name in
        let matches = Detection(catalog: catalog).matches(in: "\(directory)/\(name)")
        return matches.first.map { (name, $0) }
      }
  }

  private static func json(_ match: Match) -> JSONLine {
    [
      "name": .string(match.recipe.name), "priority": JSONLine(match.recipe.priority),
      "evidence": .array(match.evidence.map(JSONLine.string)),
    ]
  }
}
