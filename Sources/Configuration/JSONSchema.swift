extension Schema {
  /// The table as a JSON Schema (draft 2020-12), by which editors complete and check a file.
  public static func jsonSchema(for place: Place = .top) -> String {
    let nested = place == .top ? [Place.stage, .host] : []
    var members: [(String, Node)] = [
      ("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
      ("title", .text(place == .top ? "deploy.json" : "A recipe of deploy")),
    ]
    members += objectMembers(keys(in: place))
    if !nested.isEmpty {
      members.append(
        ("$defs", .object(nested.map { ($0.rawValue, .object(objectMembers(keys(in: $0)))) })))
    }
    return Node.object(members).jsonText() + "\n"
  }

  private static func objectMembers(
    _ keys: [Key], alternatives: [String] = []
  ) -> [(String, Node)] {
    var members: [(String, Node)] = [
      ("type", .text("object")), ("additionalProperties", .no),
      ("properties", .object(keys.map { ($0.name, .object(property($0))) })),
    ]
    let required = keys.filter(\.isRequired).map(\.name)
    if !required.isEmpty { members.append(("required", .list(required))) }
    if !alternatives.isEmpty {
      members.append(("oneOf", .list(alternatives.map { .object([("required", .list([$0]))]) })))
    }
    return members
  }

  private static func property(_ key: Key) -> [(String, Node)] {
    var members = [("description", Node.text(key.documentation))] + shapeMembers(key.shape)
    if let fallback = json(key.fallback) { members.append(("default", fallback)) }
    if let example = json(key.example) { members.append(("examples", .list([example]))) }
    return members
  }

  private static func shapeMembers(_ shape: Shape) -> [(String, Node)] {
    switch shape {
    case .text(let grammar): [("type", .text("string")), ("pattern", .text(grammar.expression))]
    case .integer(let range):
      [
        ("type", .text("integer")), ("minimum", .number(range.lowerBound)),
        ("maximum", .number(range.upperBound)),
      ]
    case .choice(let words): [("enum", .list(words))]
    case .flag: [("type", .text("boolean"))]
    case .status:
      [
        (
          "oneOf",
          .list([
            .object(shapeMembers(.integer(200...599))),
            .object(shapeMembers(.text(Grammar.statuses))),
          ])
        )
      ]
    case .several(let element):
      [
        (
          "oneOf",
          .list([.object(shapeMembers(element)), .object(shapeMembers(.list(element)))])
        )
      ]
    case .list(let element):
      [("type", .text("array")), ("items", .object(shapeMembers(element)))]
    case .object(let keys, let alternatives): objectMembers(keys, alternatives: alternatives)
    case .keys(let place): [("$ref", .text("#/$defs/\(place.rawValue)"))]
    case .named(let shape, let grammar):
      [
        ("type", .text("object")),
        ("propertyNames", .object([("pattern", .text(grammar.expression))])),
        ("additionalProperties", .object(shapeMembers(shape))),
      ]
    case .either(let short, let long):
      [("oneOf", .list([.object(shapeMembers(short)), .object(shapeMembers(long))]))]
    }
  }

  /// Nil for a fallback that is told in words.
  private static func json(_ text: String?) -> Node? {
    guard let text else { return nil }
    return try? Reader.read(Array(text.utf8), file: "")
  }
}
