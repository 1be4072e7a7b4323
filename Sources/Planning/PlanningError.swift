/// Why there is no plan. Facts here; the words and what to type next in ``description`` and ``next``.
public enum PlanningError: Error, Sendable, Equatable {
  case currentIsDirectory(root: String)
  case currentIsFile(root: String)
  /// `current` leads to a release that another tool or a hand made.
  case foreignCurrent(target: String)
  /// `path` is the nearest directory that exists at or above the root.
  case notWritable(root: String, path: String, owner: String, mode: String, user: String)
  case sharedFileMissing(path: String, root: String)
  case sharedMismatch(path: String, found: String, expected: String)
  case envContract(file: String, findings: [EnvContract.Finding])
  case noSpace(root: String, need: Int, free: Int)
  case noInodes(root: String, need: Int, free: Int)
  case missingTool(name: String, effect: String)
  case noRollbackTarget
  case notARelease(name: String, choices: [String])
  case failedRelease(name: String)
  case alreadyLive(name: String)
  case nothingToUndo
  /// `adopt` cannot tell what is what; `next` says what a person has to settle.
  case notAdoptable(why: String, next: String)
  case notAdopted
  case changedSinceAdoption(release: String)

  public var exitCode: Int32 {
    switch self {
    case .currentIsDirectory, .currentIsFile, .foreignCurrent, .missingTool, .notAdoptable,
      .changedSinceAdoption, .envContract:
      17
    case .notWritable, .noSpace, .noInodes: 19
    case .sharedFileMissing, .sharedMismatch: 12
    case .noRollbackTarget, .notARelease, .failedRelease, .alreadyLive, .nothingToUndo,
      .notAdopted:
      18
    }
  }
}

extension PlanningError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .currentIsDirectory:
      "current is a directory, not a link; nothing was changed"
    case .currentIsFile:
      "current is a file, not a link; nothing was changed"
    case .foreignCurrent(let target):
      "current leads to '\(target)', which this tool knows nothing of; nothing was changed"
    case .notWritable(_, let path, let owner, let mode, let user):
      "permission denied: \(path) (owner \(owner), mode \(mode); deploy user \(user))"
    case .sharedFileMissing(let path, _):
      "shared/\(path) is required and missing"
    case .sharedMismatch(let path, let found, let expected):
      "shared/\(path) is a \(found), config says \(expected)"
    case .envContract(let file, let findings):
      findings.map { $0.words(file: file) }.joined(separator: "; ") + "; nothing was sent"
    case .noSpace(let root, let need, let free):
      "no space at \(root): need \(need) KB, free \(free) KB"
    case .noInodes(let root, let need, let free):
      "no free inodes at \(root): need \(need), free \(free)"
    case .missingTool(let name, let effect):
      "the host lacks '\(name)': \(effect)"
    case .noRollbackTarget:
      "no release to go back to"
    case .notARelease(let name, let choices):
      choices.isEmpty
        ? "no release '\(name)' on the host"
        : "no release '\(name)' on the host; there are \(choices.joined(separator: ", "))"
    case .failedRelease(let name):
      "release '\(name)' failed or never went live; it is not a rollback target"
    case .alreadyLive(let name):
      "release '\(name)' is live already"
    case .nothingToUndo:
      "the last change was not a rollback; there is nothing to undo"
    case .notAdoptable(let why, _): why
    case .notAdopted: "nothing was adopted here; there is nothing to undo"
    case .changedSinceAdoption(let release):
      "\(release) went live after the adoption; it cannot be undone any more"
    }
  }

  /// What to type.
  public var next: String {
    switch self {
    case .currentIsDirectory(let root), .currentIsFile(let root):
      "`deploy adopt` takes it over (moves it to releases/, deletes nothing), or move it yourself: "
        + "mv -T \(root)/current \(root)/current.before"
    case .foreignCurrent:
      "`deploy adopt` takes its releases over (deletes nothing, can be undone)"
    case .notWritable(let root, let path, _, _, let user):
      // What lies above an application is not the deploy user's to own.
      root == path
        ? "on the host: sudo chown \(user) \(path)"
        : "on the host: sudo mkdir -p \(root) && sudo chown \(user) \(root)"
    case .sharedFileMissing(let path, let root):
      "put it at \(root)/shared/\(path) on the host, then run it again"
    case .sharedMismatch:
      "correct `shared` in deploy.json or the entry on the host, then run it again"
    case .envContract(_, let findings):
      findings.first?.next ?? "`deploy env check` shows more"
    case .noSpace, .noInodes:
      "free some space on the host, then run it again"
    case .missingTool(let name, _):
      "install '\(name)' on the host"
    case .noRollbackTarget:
      "`deploy history` shows what there was; fix forward with `deploy push`"
    case .notARelease, .failedRelease, .alreadyLive:
      "`deploy status` lists the releases"
    case .nothingToUndo:
      "`deploy rollback --to ID` goes to any release that was live"
    case .notAdoptable(_, let next): next
    case .notAdopted: "`deploy history` shows what was done here"
    case .changedSinceAdoption: "`deploy rollback` goes back to what was adopted"
    }
  }
}
