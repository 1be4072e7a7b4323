import Arguments

/// Rows in columns that fit a width: the last column gives way, and its cells wrap.
struct Table: Sendable, Equatable {
  var headings: [String]
  var rows: [[String]] = []

  func text(width: Int) -> Text {
    let cells = rows.map { row in
      headings.indices.map { $0 < row.count ? Escaped(row[$0]).text : "" }
    }
    guard let widths = columns(cells, width: width) else { return stacked(cells) }
    var lines = [Text(line(headings, widths), .dim)]
    for row in cells {
      let wrapped = zip(row, widths).map { $0.brokenLines(of: $1) }
      for index in 0..<(wrapped.map(\.count).max() ?? 0) {
        lines.append(Text(line(wrapped.map { index < $0.count ? $0[index] : "" }, widths)))
      }
    }
    return lines.dropFirst().reduce(lines[0]) { $0 + "\n" + $1 }
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = zip(cells, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
    return String(padded.reversed().drop { $0 == " " }.reversed())
  }

  /// For a terminal that is too narrow: each row below the other, a cell a line. Names are copied, and one
  /// that is broken in two cannot be.
  private func stacked(_ cells: [[String]]) -> Text {
    let margin = headings.map(\.count).max() ?? 0
    var lines: [Text] = []
    for row in cells {
      for (heading, cell) in zip(headings, row) where !cell.isEmpty {
        lines.append("\(.dim, heading.padded(to: margin))  \(cell)")
      }
      lines.append("")
    }
    return lines.dropLast().dropFirst().reduce(lines.first ?? "") { $0 + "\n" + $1 }
  }

  /// Nil when there is no room for what must stay whole: every column but the last.
  private func columns(_ cells: [[String]], width: Int) -> [Int]? {
    var widths = headings.indices.map { column in
      cells.map(\.[column].count).reduce(headings[column].count, max)
    }
    let room = width - 2 * (headings.count - 1)
    // The last column holds prose, which wraps well; names and times in the others do not.
    while let last = widths.last, widths.reduce(0, +) > room, last > 12 {
      widths[widths.count - 1] -= 1
    }
    return widths.reduce(0, +) > room ? nil : widths
  }
}

extension String {
  /// Wrapped at blanks, and within words that are too long: a cell may not push its neighbours.
  fileprivate func brokenLines(of width: Int) -> [String] {
    wrapped(to: width).flatMap { line in
      var rest = line[...]
      var pieces: [String] = []
      while rest.count > width {
        pieces.append(String(rest.prefix(width)))
        rest = rest.dropFirst(width)
      }
      return pieces + [String(rest)]
    }
  }
}
