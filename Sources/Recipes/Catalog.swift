public import Configuration
import FoundationEssentials

/// The recipes that there are: those in the binary, and the user's own.
public struct Catalog: Sendable {
  /// By name; one of the user's replaces one of ours.
  private let entries: [String: Entry]

  /// One recipe's file.
  public struct Entry: Sendable, Equatable {
    public let name: String
    public let file: String
    public let isOwn: Bool
    /// Nil for a file that cannot be read.
    let bytes: [UInt8]?

    public func text() throws(ConfigurationError) -> [UInt8] {
      guard let bytes else { throw .unreadable(file: file, reason: "cannot be read") }
      return bytes
    }

    public func recipe() throws(ConfigurationError) -> Recipe {
      try Recipe(name: name, bytes: try text(), file: file)
    }
  }

  /// A recipe of the user's own that cannot be used.
  public struct Broken: Sendable {
    public let entry: Entry
    public let error: ConfigurationError

    /// As much of it as can be read.
    var unchecked: Recipe? {
      entry.bytes.flatMap { Recipe(unchecked: $0, name: entry.name, file: entry.file) }
    }
  }

  /// With the user's own recipes from `~/.config/deploy/recipes/`.
  public init(environment: [String: String]) {
    let configuration =
      environment["XDG_CONFIG_HOME"] ?? environment["HOME"].map { $0 + "/.config" }
    self.init(ownRecipes: configuration.map { $0 + "/deploy/recipes" })
  }

  init(ownRecipes folder: String?) {
    var entries: [String: Entry] = [:]
    for file in EmbeddedFiles.all where file.path.hasPrefix("recipes/") {
      guard let name = Self.recipeName(file.path) else { continue }
      entries[name] = Entry(name: name, file: file.path, isOwn: false, bytes: file.bytes)
    }
    for name in folder.map(Self.files) ?? [] {
      guard let folder, let recipe = Self.recipeName(name) else { continue }
      entries[recipe] = Self.own(recipe, "\(folder)/\(name)")
    }
    self.entries = entries
    inventory = Self.inventory(entries.values.sorted { $0.name < $1.name })
  }

  /// In alphabetical order.
  public var names: [String] { entries.keys.sorted() }

  /// What can be used, and what is wrong with the rest; both in alphabetical order.
  public let inventory: (recipes: [Recipe], broken: [Broken])

  /// A recipe's file by the recipe's name; nil for a name that no recipe has.
  public func entry(_ name: String) -> Entry? { entries[name] }

  /// A recipe's file by its path.
  public func entry(path: String) -> Entry { Self.own(Self.recipeName(path) ?? path, path) }

  /// Nil for a name that no recipe has.
  public func recipe(_ name: String) throws(ConfigurationError) -> Recipe? {
    try entries[name]?.recipe()
  }

  /// Answers what a configuration asks; `Configuration.settings` takes it as it is.
  public func lookup(_ request: RecipeRequest) throws(ConfigurationError) -> RecipeLayer? {
    switch request {
    case .named(let name, let location, let directory):
      guard let recipe = try recipe(name) else {
        throw .unknownRecipe(location, name: name, known: names)
      }
      return recipe.layer(in: directory)
    case .file(let path, let location, let directory):
      let entry = entry(path: path)
      guard entry.bytes != nil else {
        throw .wrongValue(
          location, key: "recipe", found: path, expected: "a recipe file that can be read")
      }
      return try entry.recipe().layer(in: directory)
    case .detected(let directory, let file):
      let best = Detection.best(of: try Detection(catalog: self).detect(in: directory))
      guard best.count < 2 else {
        throw .ambiguousRecipe(file: file, reasons: best.map(\.description))
      }
      return best.first?.layer
    }
  }

  private static func own(_ name: String, _ path: String) -> Entry {
    let content = FileManager.default.contents(atPath: path)
    return Entry(name: name, file: path, isOwn: true, bytes: content.map { Array($0) })
  }

  private static func inventory(_ entries: [Entry]) -> (recipes: [Recipe], broken: [Broken]) {
    var recipes: [Recipe] = []
    var broken: [Broken] = []
    for entry in entries {
      do throws(ConfigurationError) {
        recipes.append(try entry.recipe())
      } catch {
        broken.append(Broken(entry: entry, error: error))
      }
    }
    return (recipes, broken)
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
