extension String {
  /// The text in lines no wider than `width`, broken at blanks; lines after the first are indented.
  ///
  /// A word that is too long stays whole: it is a path, a URL or a command that someone will copy.
  /// Widths count characters, which is right for all but East Asian wide ones.
  public func wrapped(to width: Int, hanging indent: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    var isEmpty = true
    for word in split(separator: " ") {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = margin
        isEmpty = true
      }
      line += isEmpty ? word : " \(word)"
      isEmpty = false
    }
    return lines + [line]
  }

  /// Filled up with blanks; longer text stays as it is.
  public func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
