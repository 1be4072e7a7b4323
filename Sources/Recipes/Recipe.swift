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
  /// What it says about settings, below everything else, before it is fitted to a project.
  public let layer: RecipeLayer

  init(name: String, bytes: [UInt8], file: String) throws(ConfigurationError) {
    self.init(layer: try RecipeLayer(name: name, bytes: bytes, file: file))
  }

  /// What can be said of a recipe that has mistakes: nil unless all that it looks for can be read.
  init?(unchecked bytes: [UInt8], name: String, file: String) {
    guard let node = try? Reader.read(bytes, file: file) else { return nil }
    self.init(layer: RecipeLayer(name: name, node: node))
    let written = ["all", "any", "none"].flatMap { node["detect"]?[$0]?.elements ?? [] }
    guard priority != nil, !written.isEmpty, written.count == all.count + any.count + none.count
    else { return nil }
  }

  private init(layer: RecipeLayer) {
    let detect = layer.node["detect"]
    name = layer.name
    self.layer = layer
    title = layer.node["title"]?.string ?? layer.name
    priority = detect?["priority"]?.integer
    all = Self.conditions(detect?["all"])
    any = Self.conditions(detect?["any"])
    none = Self.conditions(detect?["none"])
  }

  /// What it says about settings of the project in a directory.
  func layer(in directory: String) -> RecipeLayer {
    let project = Project(directory)
    return layer.variant { project.evidence(of: $0) != nil }
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
