/// A flag of the command line that stands for a key, such as `--keep 3`: the uppermost layer.
public struct Override: Sendable, Equatable {
  /// As typed, for error messages.
  public var flag: String
  /// Dotted, such as `source.git`.
  public var key: String
  public var value: String

  public init(flag: String, key: String, value: String) {
    self.flag = flag
    self.key = key
    self.value = value
  }

  /// The layer that some flags make; a flag that is given again adds to a list.
  static func layer(_ overrides: [Override]) throws(ConfigurationError) -> Node {
    var layer = Layers.merge([])
    for override in overrides {
      let path = override.key.split(separator: ".").map(String.init)
      layer = override.node(path, over: layer, Schema.keys(in: .stage))
    }
    try Check.object(layer, in: .stage)
    return layer
  }

  private func node(_ path: [String], over lower: Node?, _ keys: [Key]) -> Node {
    let location = Location(file: flag)
    guard let name = path.first else { return Node(.string(value), at: location) }
    var members = lower?.members ?? []
    let old = members.first { $0.name == name }?.node
    members.removeAll { $0.name == name }
    let node: Node =
      switch keys.first(where: { $0.name == name })?.shape {
      case .object(let inner, _): self.node(Array(path.dropFirst()), over: old, inner)
      case .integer: Node(.number(value), at: location)
      case .flag where ["true", "false"].contains(value):
        Node(.bool(value == "true"), at: location)
      case .list:
        Node(.array((old?.elements ?? []) + [Node(.string(value), at: location)]), at: location)
      case .text, .choice, .flag, .status, .several, .keys, .named, .either, nil:
        Node(.string(value), at: location)
      }
    members.append(Node.Member(name: name, location: location, node: node))
    return Node(.object(members), at: location)
  }
}
