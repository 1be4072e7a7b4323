import Arguments

/// Rows in columns that fit a width: the widest columns give way first, and their cells wrap.
struct Table: Sendable, Equatable {
  var headings: [String]
  var rows: [[String]] = []

  func text(width: Int) -> Text {
    let cells = rows.map { row in
      headings.indices.map { $0 < row.count ? Escaped(row[$0]).text : "" }
    }
    let widths = columns(cells, width: width)
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

  private func columns(_ cells: [[String]], width: Int) -> [Int] {
    var widths = headings.indices.map { column in
      cells.map(\.[column].count).reduce(headings[column].count, max)
    }
    let room = width - 2 * (headings.count - 1)
    // The last column holds prose, which wraps well; names and times in the others do not.
    while let last = widths.last, widths.reduce(0, +) > room, last > 16 {
      widths[widths.count - 1] -= 1
    }
    while widths.reduce(0, +) > room,
      let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 8
    {
      widths[widest] -= 1
    }
    return widths
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
