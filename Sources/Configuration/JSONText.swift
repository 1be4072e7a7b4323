extension Node {
  /// JSON text with an indentation of two blanks a level.
  func jsonText(indentation: String = "") -> String {
    let inner = indentation + "  "
    switch value {
    case .object([]): return "{}"
    case .array([]): return "[]"
    case .object(let members):
      let lines = members.map {
        inner + Self.quoted($0.name) + ": " + $0.node.jsonText(indentation: inner)
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(indentation)}"
    case .array(let elements):
      let lines = elements.map { inner + $0.jsonText(indentation: inner) }
      return "[\n" + lines.joined(separator: ",\n") + "\n\(indentation)]"
    case .string(let string): return Self.quoted(string)
    case .number(let digits): return digits
    case .bool(let bool): return "\(bool)"
    case .null: return "null"
    }
  }

  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  static func object(_ members: [(String, Node)]) -> Node {
    let nowhere = Location(file: "")
    return Node(
      .object(members.map { Member(name: $0.0, location: nowhere, node: $0.1) }), at: nowhere)
  }

  static func list(_ elements: [Node]) -> Node { Node(.array(elements), at: Location(file: "")) }

  static func list(_ words: [String]) -> Node { list(words.map(text)) }

  static func text(_ text: String) -> Node { Node(.string(text), at: Location(file: "")) }

  static func number(_ number: Int) -> Node { Node(.number("\(number)"), at: Location(file: "")) }

  static var no: Node { Node(.bool(false), at: Location(file: "")) }
}
