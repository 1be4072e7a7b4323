public import Configuration
import FoundationEssentials

/// The recipes that there are: those in the binary, and the user's own.
public struct Catalog: Sendable {
  /// By name; one of the user's replaces one of ours.
  private let texts: [String: Text]

  private struct Text {
    var bytes: [UInt8]
    var file: String
  }

  /// With the user's own recipes from `~/.config/deploy/recipes/`.
  public init(environment: [String: String]) {
    let configuration =
      environment["XDG_CONFIG_HOME"] ?? environment["HOME"].map { $0 + "/.config" }
    self.init(ownRecipes: configuration.map { $0 + "/deploy/recipes" })
  }

  init(ownRecipes folder: String?) {
    var texts: [String: Text] = [:]
    for file in EmbeddedFiles.all where file.path.hasPrefix("recipes/") {
      guard let name = Self.recipeName(file.path) else { continue }
      texts[name] = Text(bytes: file.bytes, file: file.path)
    }
    for name in folder.map(Self.files) ?? [] {
      guard let folder, let recipe = Self.recipeName(name),
        let content = FileManager.default.contents(atPath: "\(folder)/\(name)")
      else { continue }
      texts[recipe] = Text(bytes: Array(content), file: "\(folder)/\(name)")
    }
    self.texts = texts
  }

  /// In alphabetical order.
  public var names: [String] { texts.keys.sorted() }

  /// Nil for a name that no recipe has.
  public func recipe(_ name: String) throws(ConfigurationError) -> Recipe? {
    guard let text = texts[name] else { return nil }
    return try Recipe(name: name, bytes: text.bytes, file: text.file)
  }

  /// Answers what a configuration asks; `Configuration.settings` takes it as it is.
  public func lookup(_ request: RecipeRequest) throws(ConfigurationError) -> RecipeLayer? {
    switch request {
    case .named(let name, let location):
      guard let recipe = try recipe(name) else {
        throw .unknownRecipe(location, name: name, known: names)
      }
      return recipe.layer
    case .file(let path, let location):
      guard let content = FileManager.default.contents(atPath: path) else {
        throw .wrongValue(
          location, key: "recipe", found: path, expected: "a recipe file that can be read")
      }
      return try Recipe(
        name: Self.recipeName(path) ?? path, bytes: Array(content), file: path
      ).layer
    case .detected(let directory, let file):
      let best = Detection.best(of: try Detection(catalog: self).detect(in: directory))
      guard best.count < 2 else {
        throw .ambiguousRecipe(file: file, reasons: best.map(\.description))
      }
      return best.first?.recipe.layer
    }
  }

  private static func files(in folder: String) -> [String] {
    // Most users have none of their own, and then there is no such folder.
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  private static func recipeName(_ path: String) -> String? {
    guard let file = path.split(separator: "/").last, file.hasSuffix(".json") else { return nil }
    return String(file.dropLast(".json".count))
  }
}
