import Planning

/// What is about to be shipped below the docroot, entry by entry: code or data, and why.
struct DocrootTable {
  private let classifier: Classifier
  private let rows: [(path: String, verdict: Classification)]

  init(settings: Settings, manifest: Manifest) {
    let classifier = Classifier(
      settings: settings, manifest: manifest, of: "the manifest of this push")
    self.classifier = classifier
    rows = classifier.topOfDocroot.map { ($0, classifier.classify($0)) }
  }

  /// Nil when no web server shows anything of the release.
  var table: Table? {
    guard !rows.isEmpty else { return nil }
    return Table(
      headings: ["docroot", "class", "why"],
      rows: rows.map { row in
        let slash = classifier.isDirectory(row.path) ? "/" : ""
        return [row.path + slash, row.verdict.kind.words, row.verdict.reason]
      })
  }

  var json: JSONLine {
    .array(
      rows.map { row in
        [
          "path": .string(row.path), "class": .string(row.verdict.kind.rawValue),
          "reason": .string(row.verdict.reason),
        ]
      })
  }
}
