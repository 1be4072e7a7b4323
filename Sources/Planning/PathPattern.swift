import Operations

/// A pattern of a recipe, such as `uploads/**` or `*.map`: anchored, `*` and `?` stay within a
/// directory's names, `**` does not, and `dir/**` is the directory too.
///
/// It is matched here for a plan and on the host by awk, so it is also an expression over encoded names.
public struct PathPattern: Sendable, Equatable {
  public let text: String

  public init(_ text: String) { self.text = text }

  /// The directory that a pattern such as `uploads/**` speaks of as a whole; nil for all others.
  public var wholeDirectory: String? {
    guard text.hasSuffix("/**") else { return nil }
    let name = String(text.dropLast(3))
    return name.utf8.contains { "*?".utf8.contains($0) } ? nil : name
  }

  /// The file or directory that it names without any wildcard.
  public var literal: String? {
    text.utf8.contains { "*?".utf8.contains($0) } ? nil : text
  }

  public func matches(_ path: String) -> Bool {
    if text.hasSuffix("/**"), PathPattern(String(text.dropLast(3))).matches(path) { return true }
    return Self.matches(Array(text.utf8)[...], Array(path.utf8)[...])
  }

  private static func matches(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>) -> Bool {
    guard let symbol = pattern.first else { return path.isEmpty }
    let rest = pattern.dropFirst()
    switch symbol {
    case star where rest.first == star:
      let behind = rest.dropFirst()
      // `**/x` is also `x`.
      if behind.first == slash, matches(behind.dropFirst(), path) { return true }
      return path.indices.contains { matches(behind, path[$0...]) }
        || matches(behind, path[path.endIndex...])
    case star:
      let name = path.prefix { $0 != slash }
      return (name.startIndex...name.endIndex).contains { matches(rest, path[$0...]) }
    case UInt8(ascii: "?"):
      guard let byte = path.first, byte != slash else { return false }
      return matches(rest, path.dropFirst())
    default:
      return path.first == symbol && matches(rest, path.dropFirst())
    }
  }

  /// For awk, over a name as `Escape` writes it.
  public var expression: String {
    if text.hasSuffix("/**") {
      return "^" + Self.body(String(text.dropLast(3))) + "(/.*)?$"
    }
    return "^" + Self.body(text) + "$"
  }

  private static func body(_ text: String) -> String {
    var out = ""
    var rest = Array(text.utf8)[...]
    while let symbol = rest.popFirst() {
      switch symbol {
      case star where rest.first == star:
        rest.removeFirst()
        if rest.first == slash {
          rest.removeFirst()
          out += "(.*/)?"
        } else {
          out += ".*"
        }
      case star: out += "[^/]*"
      // A byte that is not plain is five characters there.
      case UInt8(ascii: "?"): out += #"([^/\\]|\\0[0-7][0-7][0-7])"#
      default: out += quoted(Escape.encode([symbol]))
      }
    }
    return out
  }

  private static func quoted(_ text: String) -> String {
    text.reduce(into: "") { out, letter in
      if #"\.+*?()[]{}|^$"#.contains(letter) { out += #"\"# }
      out.append(letter)
    }
  }

  private static var star: UInt8 { UInt8(ascii: "*") }
  private static var slash: UInt8 { UInt8(ascii: "/") }
}
