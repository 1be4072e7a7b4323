public import Configuration

/// A recipe that fits a project, and what was found there that makes it fit.
public struct Match: Sendable, Equatable, CustomStringConvertible {
  public let recipe: Recipe
  /// Such as `artisan` or `laravel/framework 11.31.0 in composer.lock`.
  public let evidence: [String]

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
  public func detect(in directory: String) throws(ConfigurationError) -> [Match] {
    let project = Project(directory)
    var matches: [(match: Match, priority: Int)] = []
    for name in catalog.names {
      guard let recipe = try catalog.recipe(name), let priority = recipe.priority,
        let evidence = evidence(for: recipe, in: project)
      else { continue }
      matches.append((Match(recipe: recipe, evidence: evidence), priority))
    }
    // The sort keeps the names' order among equals.
    return matches.sorted { $0.priority > $1.priority }.map(\.match)
  }

  /// The matches that no other one outranks: more than one is a tie, which only the user can break.
  public static func best(of matches: [Match]) -> [Match] {
    matches.filter { $0.recipe.priority == matches.first?.recipe.priority }
  }

  /// Nil for a recipe that does not fit.
  private func evidence(for recipe: Recipe, in project: Project) -> [String]? {
    let all = recipe.all.compactMap(project.evidence)
    let any = recipe.any.compactMap(project.evidence)
    guard all.count == recipe.all.count, recipe.any.isEmpty || !any.isEmpty,
      !(all + any).isEmpty, recipe.none.allSatisfy({ project.evidence(of: $0) == nil })
    else { return nil }
    return all + any
  }
}
