public import Configuration

/// A recipe that fits a project, and what was found there that makes it fit.
public struct Match: Sendable, Equatable, CustomStringConvertible {
  public let recipe: Recipe
  /// Such as `artisan` or `laravel/framework 11.31.0 in composer.lock`.
  public let evidence: [String]
  /// What it says about settings of this project.
  public let layer: RecipeLayer

  /// The directory that a web server shows, as far as the recipe knows it.
  public var docroot: String? { layer.node["public"]?["root"]?.string }

  public var description: String {
    "\(recipe.name), because \(evidence.joined(separator: ", "))"
  }
}

/// Recognises what a project is made with, by its manifests and never by a search in their text:
/// `laravel` in a comment, or in the name of some plugin, makes no Laravel.
public struct Detection {
  private let catalog: Catalog

  public init(catalog: Catalog) { self.catalog = catalog }

  /// Every recipe that fits, the one with the highest priority first.
  ///
  /// A recipe of the user's own with a mistake in it is passed over where it cannot be meant, and
  /// is an error where it can: another one in its place would deploy something else.
  public func detect(in directory: String) throws(ConfigurationError) -> [Match] {
    let project = Project(directory)
    for broken in catalog.inventory.broken where mightFit(broken, project) { throw broken.error }
    return matches(in: project)
  }

  /// The same, whatever is wrong with recipes of the user's own: for a command that tells of it.
  public func matches(in directory: String) -> [Match] { matches(in: Project(directory)) }

  private func matches(in project: Project) -> [Match] {
    var matches: [(match: Match, priority: Int)] = []
    for recipe in catalog.inventory.recipes {
      guard let priority = recipe.priority, let evidence = evidence(for: recipe, in: project)
      else { continue }
      let layer = recipe.layer.variant { project.evidence(of: $0) != nil }
      matches.append((Match(recipe: recipe, evidence: evidence, layer: layer), priority))
    }
    // The sort keeps the names' order among equals.
    return matches.sorted { $0.priority > $1.priority }.map(\.match)
  }

  /// Unless what it looks for can be read, and is not there.
  private func mightFit(_ broken: Catalog.Broken, _ project: Project) -> Bool {
    broken.unchecked.map { evidence(for: $0, in: project) != nil } ?? true
  }

  /// The matches that no other one outranks: more than one is a tie, which only the user can break.
  public static func best(of matches: [Match]) -> [Match] {
    matches.filter { $0.recipe.priority == matches.first?.recipe.priority }
  }

  /// Nil for a recipe that does not fit.
  private func evidence(for recipe: Recipe, in project: Project) -> [String]? {
    let all = recipe.all.compactMap { project.evidence(of: $0) }
    let any = recipe.any.compactMap { project.evidence(of: $0) }
    guard all.count == recipe.all.count, recipe.any.isEmpty || !any.isEmpty,
      !(all + any).isEmpty, recipe.none.allSatisfy({ project.evidence(of: $0) == nil })
    else { return nil }
    // Two conditions may be fulfilled by one line of a lock file.
    var seen: Set<String> = []
    return (all + any).filter { seen.insert($0).inserted }
  }
}
