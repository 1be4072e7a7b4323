/// Bundler's manifest, for projects that keep its lock file out of their repository.
enum Gemfile {
  /// Names and constraints: the lines that begin with `gem` and a name in quotes.
  static func gems(_ text: String) -> [String: String] {
    var gems: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let content = line.drop(while: \.isWhitespace)
      guard content.hasPrefix("gem ") || content.hasPrefix("gem(") else { continue }
      let quoted = content.split(omittingEmptySubsequences: false) { "\"'".contains($0) }
      guard quoted.count > 2 else { continue }
      // What follows the name after a comma is its constraint, unless it is an option such as git:.
      let isConstraint = quoted.count > 4 && quoted[2].allSatisfy { ", ".contains($0) }
      gems[String(quoted[1])] = isConstraint ? String(quoted[3]) : ""
    }
    return gems
  }
}
