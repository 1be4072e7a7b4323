/// One event as one line of JSON, keys in the order in which they were written.
///
///     let line: JSONLine = ["event": "flip", "host": "web1", "seq": 41, "verified": true]
///
/// Foundation's encoder orders keys by itself, and people read these lines as they scroll by.
enum JSONLine: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONLine])
  case object([Member])

  struct Member: Sendable, Equatable {
    var key: String
    var value: JSONLine
  }

  /// nil becomes null, so that a reader finds the same keys in every event of a kind.
  init(_ text: String?) { self = text.map(JSONLine.string) ?? .null }

  init(_ number: Int?) { self = number.map(JSONLine.integer) ?? .null }

  /// Without the end of the line. Never holds a raw control or invisible character, nor a command
  /// to a CI system: both are escaped in a way that every JSON reader undoes.
  var text: String {
    var out = ""
    write(to: &out)
    return out
  }

  private func write(to out: inout String) {
    switch self {
    case .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .integer(let value): out += String(value)
    // JSON has no word for what is not a number or not finite.
    case .number(let value): out += value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.write(value, to: &out)
    case .array(let values):
      out += "["
      for (index, value) in values.enumerated() {
        if index > 0 { out += "," }
        value.write(to: &out)
      }
      out += "]"
    case .object(let members):
      out += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { out += "," }
        Self.write(member.key, to: &out)
        out += ":"
        member.value.write(to: &out)
      }
      out += "}"
    }
  }

  private static func write(_ string: String, to out: inout String) {
    var previous: Unicode.Scalar = " "
    out += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      // The second of two: `##vso[` is a command to a CI system wherever it stands.
      case "#" where previous == "#": out += "\\u0023"
      case _ where Escaped.isHarmless(scalar): out.unicodeScalars.append(scalar)
      default: for unit in String(scalar).utf16 { out += "\\u" + hex(unit) }
      }
      previous = scalar
    }
    out += "\""
  }

  private static func hex(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return String(repeating: "0", count: 4 - digits.utf8.count) + digits
  }
}

extension JSONLine: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
  ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  init(dictionaryLiteral members: (String, JSONLine)...) {
    self = .object(members.map { Member(key: $0.0, value: $0.1) })
  }
  init(arrayLiteral values: JSONLine...) { self = .array(values) }
  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int) { self = .integer(value) }
  init(floatLiteral value: Double) { self = .number(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(nilLiteral: ()) { self = .null }
}
