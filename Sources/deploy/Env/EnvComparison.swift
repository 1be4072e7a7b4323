import Planning

/// Several environments side by side: names, and whether values are the same. Never a value.
struct EnvComparison {
  let subjects: [(name: String, file: Dotenv)]

  /// Says nothing of the value, not even how long it is.
  static let mask = "********"

  struct Row {
    let key: String
    let isEmpty: Bool
    /// Subjects that have the key, in groups of the same value.
    let groups: [[String]]
    let missing: [String]

    var isSame: Bool { groups.count == 1 && missing.isEmpty }

    var words: String {
      var words: [String] = []
      if groups.count > 1 {
        words.append(
          "differs: " + groups.map { $0.joined(separator: ", ") }.joined(separator: " | "))
      }
      if !missing.isEmpty { words.append("missing in " + missing.joined(separator: ", ")) }
      return words.isEmpty ? "same" : words.joined(separator: "; ")
    }
  }

  var rows: [Row] {
    var seen: Set<String> = []
    let keys = subjects.flatMap(\.file.keys).filter { seen.insert($0).inserted }
    return keys.map(row)
  }

  private func row(_ key: String) -> Row {
    var groups: [(value: [UInt8], names: [String])] = []
    var missing: [String] = []
    for (name, file) in subjects {
      guard let value = file[key] else {
        missing.append(name)
        continue
      }
      if let index = groups.firstIndex(where: { $0.value == value }) {
        groups[index].names.append(name)
      } else {
        groups.append((value, [name]))
      }
    }
    return Row(
      key: key, isEmpty: groups.allSatisfy(\.value.isEmpty), groups: groups.map(\.names),
      missing: missing)
  }
}

extension EnvComparison.Row {
  func json(_ event: String) -> JSONLine {
    [
      "event": .string(event), "key": .string(key), "same": .bool(isSame),
      "groups": .array(groups.map { .array($0.map(JSONLine.string)) }),
      "missing": .array(missing.map(JSONLine.string)),
    ]
  }
}
