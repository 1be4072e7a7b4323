/// Holds what was written against the table: every key known, every value of its shape.
enum Check {
  /// Throws the first mistake in the order of the text.
  static func object(_ node: Node, in place: Place) throws(ConfigurationError) {
    try check(node, as: .keys(place), named: "", in: place)
  }

  private static func check(
    _ node: Node, as shape: Shape, named key: String, in place: Place
  ) throws(ConfigurationError) {
    switch (shape, node.value) {
    case (.text(let grammar), .string(let text)) where grammar.matches(text): return
    case (.choice(let words), .string(let text)) where words.contains(text): return
    case (.integer(let range), .number) where node.integer.map(range.contains) == true: return
    case (.flag, .bool): return
    case (.status, .number) where node.integer.map((200...599).contains) == true: return
    case (.status, .string(let text)) where Grammar.statuses.matches(text): return
    case (.list(let element), .array(let nodes)), (.several(let element), .array(let nodes)):
      for (index, node) in nodes.enumerated() {
        try check(node, as: element, named: "\(key)[\(index)]", in: place)
      }
    case (.text(let grammar), .string) where grammar.isSecret:
      throw .wrongValue(
        node.location, key: key, found: "a text that is not shown", expected: grammar.expectation)
    case (.several(let element), _):
      try check(node, as: element, named: key, in: place)
    case (.object(let keys, let alternatives), .object(let members)):
      for member in members { try check(member, against: keys, below: key, in: place) }
      try checkPresence(of: keys, alternatives, in: node, named: key)
    case (.keys(let place), .object(let members)):
      for member in members {
        try checkPlace(of: member, below: key, in: place)
        try check(member, against: Schema.keys(in: place), below: key, in: place)
      }
    case (.named(let shape, let grammar), .object(let members)):
      for member in members {
        let name = dotted(key, member.name)
        guard grammar.matches(member.name) else {
          throw .wrongValue(
            member.location, key: name, found: "\"\(member.name)\"",
            expected: "a name: " + grammar.expectation)
        }
        try check(member.node, as: shape, named: name, in: place)
      }
    case (.either(let short, _), .string): try check(node, as: short, named: key, in: place)
    case (.either(_, let long), .object), (.either(_, let long), .array):
      try check(node, as: long, named: key, in: place)
    case (.text, _), (.integer, _), (.choice, _), (.flag, _), (.status, _), (.list, _),
      (.object, _), (.keys, _),
      (.named, _), (.either, _):
      guard !key.isEmpty else {
        throw .syntax(node.location, found: node.summary, expected: shape.expectation)
      }
      throw .wrongValue(
        node.location, key: key, found: node.summary, expected: shape.expectation)
    }
  }

  private static func check(
    _ member: Node.Member, against keys: [Key], below parent: String, in place: Place
  ) throws(ConfigurationError) {
    let name = dotted(parent, member.name)
    let valid = keys.map(\.name)
    guard let key = keys.first(where: { $0.name == member.name }) else {
      throw .unknownKey(
        member.location, key: name, nearest: Spelling.nearest(to: member.name, among: valid),
        valid: valid)
    }
    try check(member.node, as: key.shape, named: name, in: place)
  }

  /// A key that exists elsewhere is not a typing error, so it is not answered with a spelling.
  private static func checkPlace(
    of member: Node.Member, below parent: String, in place: Place
  ) throws(ConfigurationError) {
    guard let key = Schema.key(member.name), !key.places.contains(place) else { return }
    throw .misplacedKey(
      member.location, key: dotted(parent, key.name), place: place, allowed: key.places)
  }

  private static func checkPresence(
    of keys: [Key], _ alternatives: [String], in node: Node, named name: String
  ) throws(ConfigurationError) {
    for key in keys where key.isRequired && node[key.name] == nil {
      throw .missingKey(
        node.location, key: dotted(name, key.name), reason: "expected \(key.shape.expectation)")
    }
    guard !alternatives.isEmpty else { return }
    guard alternatives.filter({ node[$0] != nil }).count == 1 else {
      throw .conflict(node.location, key: name, others: alternatives)
    }
  }

  private static func dotted(_ parent: String, _ name: String) -> String {
    parent.isEmpty ? name : "\(parent).\(name)"
  }
}
