/// Which recipe a configuration wants, and for the project in which directory.
public enum RecipeRequest: Sendable, Equatable {
  case named(String, at: Location, in: String)
  /// A recipe file; the path is absolute.
  case file(String, at: Location, in: String)
  /// The configuration names none, so whatever fits the project; `file` is the configuration.
  case detected(in: String, file: String)
}

/// A recipe as the lowest layer of a configuration.
public struct RecipeLayer: Sendable, Equatable {
  public var name: String
  public var node: Node

  public init(name: String, node: Node) {
    self.name = name
    self.node = node
  }

  /// Reads a recipe's text and holds it against the table.
  public init(name: String, bytes: [UInt8], file: String) throws(ConfigurationError) {
    let node = try Reader.read(bytes, file: file)
    try Check.object(node, in: .recipe)
    self.init(name: name, node: node)
  }

  /// The layer for one project: what the first of its variants that fits says lies over the rest.
  public func variant(where isThere: (Condition) -> Bool) -> RecipeLayer {
    let fitting = node["variants"]?.elements.first { variant in
      (variant["when"]?.elements ?? []).allSatisfy { condition in
        condition.string.flatMap(Condition.init).map(isThere) == true
      }
    }
    return RecipeLayer(name: name, node: Layers.merge([node, fitting]))
  }
}

/// Finds recipes for a configuration, which knows nothing of where they are kept.
public typealias RecipeLookup = (RecipeRequest) throws(ConfigurationError) -> RecipeLayer?
