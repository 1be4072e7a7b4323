extension Schema {
  /// Every key with its dotted path, in the order of the table; inner keys follow their object.
  public static var paths: [(path: String, key: Key, places: [Place])] {
    keys.flatMap { key in
      [(key.name, key, key.places)]
        + innerPaths(of: key.shape, below: key.name).map { ($0.path, $0.key, key.places) }
    }
  }

  /// The table as the README shows it.
  public static func markdownTable() -> String {
    var lines = ["| key | value | default | where | what it does |", "|---|---|---|---|---|"]
    for (path, key, places) in paths {
      let fallback = key.isRequired ? "required" : key.fallback.map(code) ?? ""
      let places = places.map(\.rawValue).joined(separator: ", ")
      let cells = [
        "`\(path)`", key.shape.title, fallback, places,
        "\(key.documentation) Such as `\(key.example)`",
      ]
      // A bar ends a cell even inside code.
      let row = cells.map {
        $0.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
      }
      lines.append("| " + row.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func innerPaths(
    of shape: Shape, below path: String
  ) -> [(path: String, key: Key)] {
    switch shape {
    case .text, .integer, .choice, .flag, .status: []
    // Their keys have rows of their own.
    case .keys, .named: []
    case .list(let element): innerPaths(of: element, below: path + "[]")
    case .several(let element): innerPaths(of: element, below: path)
    case .either(_, let long): innerPaths(of: long, below: path)
    case .object(let keys, _):
      keys.enumerated().flatMap { index, key in
        let inner = innerPaths(of: key.shape, below: "\(path).\(key.name)")
        // Told once: the next lists of hooks hold the same as the first.
        let isTold = keys[..<index].contains { other in
          !inner.isEmpty
            && innerPaths(of: other.shape, below: "").map(\.key.documentation)
              == inner.map(\.key.documentation)
        }
        return [("\(path).\(key.name)", key)] + (isTold ? [] : inner)
      }
    }
  }

  private static func code(_ fallback: String) -> String {
    (try? Reader.read(Array(fallback.utf8), file: "")) == nil ? fallback : "`\(fallback)`"
  }
}
