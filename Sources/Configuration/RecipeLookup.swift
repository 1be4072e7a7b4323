/// Which recipe a configuration wants.
public enum RecipeRequest: Sendable, Equatable {
  case named(String, at: Location)
  /// A recipe file; the path is absolute.
  case file(String, at: Location)
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
}

/// Finds recipes for a configuration, which knows nothing of where they are kept.
public typealias RecipeLookup = (RecipeRequest) throws(ConfigurationError) -> RecipeLayer?
