/// Settings laid over each other: objects key by key, while scalars and lists replace.
enum Layers {
  static func merge(_ layers: [Node?]) -> Node {
    layers.compactMap(\.self).reduce(Node(.object([]), at: Location(file: ""))) { base, layer in
      merge(layer, over: base)
    }
  }

  private static func merge(_ upper: Node, over lower: Node, key: String = "") -> Node {
    guard case .object(let additions) = upper.value, case .object(var members) = lower.value,
      !choosesAnother(upper, than: lower, of: key)
    else { return upper }
    for addition in additions {
      guard let index = members.firstIndex(where: { $0.name == addition.name }) else {
        members.append(addition)
        continue
      }
      let below = members[index].node
      members[index] = addition
      members[index].node = merge(addition.node, over: below, key: addition.name)
    }
    return Node(.object(members), at: upper.location)
  }

  /// A stage that deploys a directory does not also deploy the commit that the top names.
  private static func choosesAnother(_ upper: Node, than lower: Node, of key: String) -> Bool {
    guard case .object(_, let alternatives)? = Schema.key(key)?.shape else { return false }
    return alternatives.contains { (upper[$0] == nil) != (lower[$0] == nil) }
  }
}

extension Node {
  /// Only the members with one of the names.
  func only(_ names: some Sequence<String>) -> Node {
    let names = Set(names)
    return Node(.object(members.filter { names.contains($0.name) }), at: location)
  }
}
