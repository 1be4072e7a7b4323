import Remote

/// What an agent said about its host when it was asked to inspect it.
struct Inspection {
  var loginShell = "unknown"
  /// What each tool says of its version; nil for one that is missing.
  var tools: [(name: String, version: String?)] = []
  var places: [String: Place] = [:]
  /// Where `current` really leads, and the application's directory without links on the way.
  var live: String?
  var home = ""
  /// Whether a rename replaces a link, and where that was tried; nil when there was no place to try.
  var renames: (works: Bool, place: String)?
  var web: [(trap: String, file: String)] = []

  struct Place {
    var kind: String
    var isWritable: Bool
    var mode: String
    var owner: String
    var group: String

    /// Whether every user of the host may write there.
    var isOpenToAll: Bool {
      guard let bits = UInt32(mode, radix: 8) else { return false }
      return bits & 0o002 != 0 && bits & 0o1000 == 0
    }
  }

  init(_ events: [AgentEvent]) {
    for event in events {
      guard case .fact(let name, let words) = event else { continue }
      take(name, words)
    }
  }

  private mutating func take(_ name: String, _ words: [String]) {
    func word(_ index: Int) -> String { index < words.count ? words[index] : "" }
    switch name {
    case "login-shell": loginShell = word(0)
    case "tool": tools.append((word(0), word(1) == "missing" ? nil : word(1)))
    case "place":
      places[word(0)] = Place(
        kind: word(1), isWritable: word(2) == "yes", mode: word(3), owner: word(4), group: word(5))
    case "live": live = word(0)
    case "home": home = word(0)
    case "rename": renames = word(0) == "unknown" ? nil : (word(0) == "yes", word(1))
    case "web": web.append((word(0), word(1)))
    default: break
    }
  }

  func has(_ tool: String) -> Bool { tools.contains { $0.name == tool && $0.version != nil } }
}

extension Inspection {
  /// `sh dash, tar 1.34, coreutils 9.1, flock 2.38.1; missing: zstd`
  var toolsText: String {
    var present: [String] = []
    for tool in tools {
      guard let version = tool.version else { continue }
      let text = ToolVersion(tool.name, version).text
      if !present.contains(text) { present.append(text) }
    }
    let missing = tools.filter { $0.version == nil }.map(\.name)
    return present.joined(separator: ", ")
      + (missing.isEmpty ? "" : "; missing: \(missing.joined(separator: ", "))")
  }
}

/// What a tool said of itself, in two words. Those that come together in one package share its name.
struct ToolVersion {
  let text: String

  /// `line` is the one with a version in it; of `sh` it is the path of the real shell.
  init(_ name: String, _ line: String) {
    guard name != "sh" else {
      text = "sh \(line.split(separator: "/").last ?? "unknown")"
      return
    }
    let packages = ["coreutils", "findutils", "BusyBox"]
    let package = packages.first { line.contains($0) }?.lowercased() ?? name
    text = Self.number(in: line).map { "\(package) \($0)" } ?? package
  }

  /// The first word that is a number with a full stop in it, perhaps behind a `v`.
  private static func number(in line: String) -> String? {
    for word in line.split(whereSeparator: { $0 == " " || $0 == "," }) {
      let number = word.first == "v" ? word.dropFirst() : word
      if number.first?.isNumber == true, number.contains(".") { return String(number) }
    }
    return nil
  }
}
