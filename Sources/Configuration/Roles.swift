/// Holds the roles that hooks, services and checks are for against those that hosts have. Whatever is for a role
/// that nobody has would run nowhere, and nobody would notice.
enum Roles {
  /// A role is known when a host of any stage has it: staging may have no workers.
  static func check(_ root: Node) throws(ConfigurationError) {
    let stages = root["stages"]?.members.map(\.node) ?? []
    // An application that lives in a container has no hosts here.
    guard ([root] + stages).contains(where: { $0["hosts"] != nil }) else { return }
    let known = ([root] + stages).flatMap { roles(in: $0) }
    for place in [root] + stages {
      for key in ["hooks", "services", "health", "boot"] {
        if let node = place[key] { try check(node, named: key, among: known) }
      }
    }
  }

  private static func roles(in place: Node) -> [String] {
    (place["hosts"]?.elements ?? []).flatMap { host in
      (host["roles"]?.elements ?? []).compactMap(\.string)
    }
  }

  private static func check(
    _ node: Node, named key: String, among known: [String]
  ) throws(ConfigurationError) {
    for (index, element) in node.elements.enumerated() {
      try check(element, named: "\(key)[\(index)]", among: known)
    }
    for member in node.members {
      let name = "\(key).\(member.name)"
      guard member.name == "on" else {
        try check(member.node, named: name, among: known)
        continue
      }
      for role in member.node.elements {
        guard let text = role.string, !known.contains(text) else { continue }
        throw .unknownRole(
          role.location, key: name, role: text,
          nearest: Spelling.nearest(to: text, among: known), known: known)
      }
    }
  }
}
