/// The candidate that the typist most likely meant; nil when none is near.
func nearest(to typed: String, among candidates: [String]) -> String? {
  let limit = max(1, typed.drop { $0 == "-" }.count / 3)
  return
    candidates
    .map { (name: $0, distance: distance(typed, $0)) }
    .filter { $0.distance <= limit }
    .min { $0.distance < $1.distance }?
    .name
}

/// Slips of the finger between two words: letters left out, added, exchanged, or two swapped. A
/// beginning that is long enough to mean something counts as one slip, so `roll` finds `rollback`.
private func distance(_ typed: String, _ candidate: String) -> Int {
  if candidate.hasPrefix(typed), typed.drop(while: { $0 == "-" }).count >= 3 { return 1 }
  let left = Array(typed.lowercased())
  let right = Array(candidate)
  var rows = [Array(0...right.count)]
  for i in left.indices {
    var row = [i + 1]
    for j in right.indices {
      var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (left[i] == right[j] ? 0 : 1))
      if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
        best = min(best, rows[i - 1][j - 1] + 1)
      }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[left.count][right.count]
}
