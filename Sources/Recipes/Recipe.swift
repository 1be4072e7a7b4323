public import Configuration

/// What is known of a framework: one file of `recipes/`.
public struct Recipe: Sendable, Equatable {
  public let name: String
  public let title: String
  /// Nil for a recipe that is used only by name.
  public let priority: Int?
  public let all: [Condition]
  public let any: [Condition]
  public let none: [Condition]
  /// What it says about settings, below everything else.
  public let layer: RecipeLayer

  init(name: String, bytes: [UInt8], file: String) throws(ConfigurationError) {
    let layer = try RecipeLayer(name: name, bytes: bytes, file: file)
    let detect = layer.node["detect"]
    self.name = name
    self.layer = layer
    title = layer.node["title"]?.string ?? name
    priority = detect?["priority"]?.integer
    all = Self.conditions(detect?["all"])
    any = Self.conditions(detect?["any"])
    none = Self.conditions(detect?["none"])
  }

  public var sharedDirectories: [String] { strings("directories") }

  public var sharedFiles: [String] { strings("files") }

  private func strings(_ key: String) -> [String] {
    layer.node["shared"]?[key]?.elements.compactMap(\.string) ?? []
  }

  private static func conditions(_ node: Node?) -> [Condition] {
    (node?.elements ?? []).compactMap { $0.string.flatMap(Condition.init) }
  }
}
