import Glibc
public import Planning

/// Why a tree could not be prepared, packed or unpacked.
public enum ShippingError: Error, Sendable, Equatable, CustomStringConvertible {
  case system(action: String, path: String, code: Int32)
  case refused([Offence])
  case changed(TreePath)
  case manifestLine(number: Int, problem: String)
  case foreignManifest
  case missingRef(String, repository: String, near: [String])
  case git(action: String, words: String)
  case missingProgram(String, purpose: String)
  case programFailed(String, status: Int32, words: String)
  case unknownArchive(path: String, form: String)
  case archive(member: String, problem: String)
  case buildFailed(command: String, status: Int32, lastLines: [String])

  public var description: String {
    switch self {
    case .system(let action, let path, let code):
      "cannot \(action) '\(path)': \(String(cString: strerror(code)))"
    case .refused(let offences): Self.list(offences)
    case .changed(let path):
      "changed while being read: '\(path.shown)'; nothing was sent of it that counts, "
        + "run the command again when the tree is at rest"
    case .manifestLine(let number, let problem):
      "line \(number) of the manifest: \(problem)"
    case .foreignManifest:
      "the manifest is of another tree; make it from the tree that is sent"
    case .missingRef(let ref, let repository, let near):
      "no commit is named '\(shown(ref))' in '\(repository)'"
        + (near.isEmpty
          ? "; fetch it, or name another one"
          : "; did you mean \(near.map { "'\(shown($0))'" }.joined(separator: " or "))?")
    case .git(let action, let words): "git cannot \(action): \(words)"
    case .missingProgram(let program, let purpose):
      "'\(program)' is needed to \(purpose) and cannot be started; install it"
    case .programFailed(let program, let status, let words):
      "'\(program)' exited \(status)" + (words.isEmpty ? "" : ": \(words)")
    case .unknownArchive(let path, let form):
      "'\(path)' is \(form); ship a .tar, .tar.gz or .tar.zst"
    case .archive(let member, let problem):
      "the archive is refused at '\(member)': \(problem); nothing was kept of it"
    case .buildFailed(let command, let status, let lastLines):
      "build command '\(shown(command))' exited \(status); nothing was sent, "
        + "the checkout is untouched"
        + lastLines.map { "\n  | \($0)" }.joined()
    }
  }

  /// As the tool's interface names causes: 2 for what the project must mend, 12 for the rest.
  public var exitCode: Int32 {
    switch self {
    case .refused, .missingRef, .unknownArchive, .missingProgram, .git: 2
    case .system, .changed, .manifestLine, .foreignManifest, .programFailed, .archive, .buildFailed:
      12
    }
  }

  /// What to do, for those whose description does not say it.
  public var next: String {
    switch self {
    case .refused: "exclude it (`exclude` or .deployignore), then run it again"
    case .missingRef: "commit or fetch it, or name another ref under `source.git`"
    // What sh says of a command that it does not find.
    case .buildFailed(_, status: 127, _):
      "install it here, or set \"build\": [] in deploy.json if nothing has to be built"
    case .buildFailed: "correct the build, then run it again"
    case .missingProgram(let program, _): "install '\(program)'"
    default: "correct it, then run it again"
    }
  }

  private static func list(_ offences: [Offence]) -> String {
    let cap = 20
    let lines = offences.prefix(cap).map { "\n  \($0)" }.joined()
    let more = offences.count > cap ? "\n  and \(offences.count - cap) more" : ""
    return "what cannot be shipped is in the tree; exclude it, or turn it into a file or "
      + "a relative link inside the tree:" + lines + more
  }
}

/// An entry that no release may hold.
public struct Offence: Sendable, Equatable, CustomStringConvertible {
  public var path: TreePath
  public var reason: Reason

  public init(path: TreePath, reason: Reason) {
    self.path = path
    self.reason = reason
  }

  public enum Reason: Sendable, Equatable {
    /// A fifo, a socket or a device.
    case special(String)
    case leavesTheRelease(target: [UInt8])
  }

  public var description: String {
    switch reason {
    case .special(let kind): "'\(path.shown)' is a \(kind)"
    case .leavesTheRelease(let target):
      "'\(path.shown)' links to '\(shown(target))', outside of the release"
    }
  }
}
