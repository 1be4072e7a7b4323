import Processes

/// A local repository, read through the `git` program.
struct GitRepository {
  let path: String

  /// A hook or an alias that calls us sets these for its own repository, and they would win over
  /// the path that is configured.
  private static let foreignVariables = [
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR", "GIT_NAMESPACE",
  ]

  /// The commit's full name; `--end-of-options` keeps a ref like `--output=x` a ref.
  func commit(of ref: String) throws(ShippingError) -> String {
    let result = try run([
      "rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}",
    ])
    guard result.status != 0 else { return firstLine(result) }
    let inside = try run(["rev-parse", "--git-dir"])
    guard inside.status == 0 else { throw failure("read '\(path)'", inside) }
    throw .missingRef(ref, repository: path, near: try names(near: ref))
  }

  func subject(of commit: String) throws(ShippingError) -> String {
    let result = try run(["log", "-1", "--format=%s", commit, "--"])
    guard result.status == 0 else { throw failure("read commit \(commit)", result) }
    return firstLine(result)
  }

  /// `HASH SUBJECT` of the commits that the second has and the first has not, the newest first.
  func subjects(from old: String, to new: String) throws(ShippingError) -> [String] {
    let result = try run([
      "log", "--format=%h %s", "--max-count=1000", "--end-of-options", "\(old)..\(new)",
    ])
    guard result.status == 0 else { throw failure("compare \(old) and \(new)", result) }
    return result.text.split(separator: "\n").map(String.init)
  }

  /// The branch that the ref names, directly or as HEAD; nil for tags and detached heads.
  func branch(of ref: String) throws(ShippingError) -> String? {
    let result = try run(["rev-parse", "--symbolic-full-name", "--end-of-options", ref])
    // Some versions of git print `--end-of-options` back.
    let name = result.text.split(separator: "\n").last ?? ""
    guard result.status == 0, name.hasPrefix("refs/heads/") else { return nil }
    return String(name.dropFirst("refs/heads/".count))
  }

  /// Whether the checkout differs from its commit, new files included. A bare repository does not.
  func isDirty() throws(ShippingError) -> Bool {
    let result = try run(["status", "--porcelain", "--", "."])
    return result.status == 0 && !result.output.isEmpty
  }

  /// Lays the commit out and returns the directory that is to be shipped: in a sub-directory of
  /// the work tree it is that sub-directory which counts.
  ///
  /// The archive is made from the top all the same: from below, git does not see the export-ignore
  /// and export-subst attributes of the directories above.
  func layOut(_ commit: String, in export: Export) throws(ShippingError) -> String {
    let place = try run(["rev-parse", "--show-cdup", "--show-prefix"]).output
      .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    let (up, prefix) = place.count >= 2 ? (place[0], place[1]) : ("", "")
    let top = GitRepository(path: up.isEmpty ? path : "\(path)/\(up)")
    // Somebody's `tar.umask` must not decide what others may read on the server.
    let words =
      ["--literal-pathspecs", "-c", "tar.umask=0022", "archive", "--format=tar", commit]
      + (prefix.isEmpty ? [] : ["--", prefix])
    try export.unpack(outputOf: top.command(words), name: "git", purpose: "export commits")
    return prefix.isEmpty ? export.tree : "\(export.tree)/\(prefix.dropLast())"
  }

  private func names(near ref: String) throws(ShippingError) -> [String] {
    let result = try run([
      "for-each-ref", "--count=1000", "--format=%(refname:short)", "--sort=-committerdate",
    ])
    let names = result.text.split(separator: "\n").map(String.init)
    let ranked = names.map { (name: $0, distance: distance(from: ref, to: $0)) }
      .filter { $0.distance <= max(2, ref.utf8.count / 3) }
      .sorted { $0.distance < $1.distance }
    return ranked.prefix(3).map(\.name)
  }

  private func run(_ words: [String]) throws(ShippingError) -> Command.Result {
    do {
      return try Command(command(words)).run()
    } catch {
      throw .missingProgram("git", purpose: "read the repository '\(path)'")
    }
  }

  private func command(_ words: [String]) -> [String] {
    ["env"] + Self.foreignVariables.flatMap { ["-u", $0] } + ["git", "-C", path] + words
  }

  private func failure(_ action: String, _ result: Command.Result) -> ShippingError {
    if result.status == 127 {
      return .missingProgram("git", purpose: "read the repository '\(path)'")
    }
    let words = result.errorText.split(separator: "\n").first ?? "it gave no reason"
    return .git(action: action, words: shown(String(words)))
  }

  private func firstLine(_ result: Command.Result) -> String {
    String(result.text.split(separator: "\n").first ?? "")
  }
}

/// How many letters must be typed, left out or replaced to get from one name to the other.
private func distance(from left: String, to right: String) -> Int {
  let (left, right) = (Array(left.utf8), Array(right.utf8))
  var row = Array(0...right.count)
  for (i, letter) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in right.enumerated() {
      let replaced = diagonal + (letter == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
    }
  }
  return row[right.count]
}
