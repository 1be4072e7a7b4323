public import Operations
public import Planning

/// What happens while a tree is prepared, as it happens.
public enum PreparationEvent: Sendable, Equatable {
  case resolved(ref: String, commit: String, subject: String)
  /// The checkout holds changes that no commit has.
  case uncommittedChanges
  /// `group` is the process group to end when the user interrupts; it leads its own session, so
  /// that a terminal's signals do not reach it.
  case buildStarted(command: String, group: Int32)
  /// A line of what the command prints, as it comes: another program's bytes.
  case buildPrinted([UInt8])
  /// Told before the process is reaped, and for a command that failed too.
  case buildEnded(group: Int32)
  /// It succeeded.
  case buildFinished(command: String)
}

/// Turns what the settings name as the source into a tree that can be shipped.
public enum SourceExport {
  /// Relative paths count from the project's directory. What is laid out goes to a directory of
  /// our own under `stateDirectory`; the checkout is only read. `report` may be called at any
  /// point of the work, from this thread.
  public static func prepare(
    settings: Settings, projectDirectory: String, stateDirectory: String,
    release: ReleaseID? = nil, report: (PreparationEvent) -> Void = { _ in }
  ) throws(ShippingError) -> Tree {
    Export.sweep(under: stateDirectory)
    let preparation = Preparation(
      settings: settings, projectDirectory: projectDirectory, stateDirectory: stateDirectory,
      release: release)
    return switch settings.source {
    case .git(let ref, let repository):
      try preparation.git(ref, in: repository, report: report)
    case .directory(let path): try preparation.directory(path, report: report)
    case .artifact(let path): try preparation.artifact(path, report: report)
    }
  }
}

private struct Preparation {
  let settings: Settings
  let projectDirectory: String
  let stateDirectory: String
  let release: ReleaseID?

  /// What a working copy holds that belongs to its keeper, not to the application.
  private static let ownersThings = [".git", ".hg", ".svn", ".deploy"].map { TreePath($0) }

  func git(
    _ ref: String, in repository: String, report: (PreparationEvent) -> Void
  ) throws(ShippingError) -> Tree {
    let checkout = GitRepository(path: absolute(repository))
    let commit = try checkout.commit(of: ref)
    let origin = Origin(
      source: "git \(ref)", commit: commit, subject: try checkout.subject(of: commit),
      branch: try checkout.branch(of: ref), isDirty: try checkout.isDirty())
    report(.resolved(ref: ref, commit: commit, subject: origin.subject ?? ""))
    if origin.isDirty { report(.uncommittedChanges) }
    return try exported(origin, report) { (export) throws(ShippingError) in
      try checkout.layOut(commit, in: export)
    }
  }

  func artifact(
    _ path: String, report: (PreparationEvent) -> Void
  ) throws(ShippingError) -> Tree {
    try exported(Origin(source: "artifact \(path)"), report) { (export) throws(ShippingError) in
      try export.unpack(artifact: absolute(path))
      return export.tree
    }
  }

  /// Without a build the directory is shipped where it stands; a build runs in a copy.
  func directory(
    _ path: String, report: (PreparationEvent) -> Void
  ) throws(ShippingError) -> Tree {
    let root = absolute(path)
    let entries = try TreeWalk(
      root: root, rules: try rules(in: root), skipping: Self.ownersThings + ownState(under: root)
    ).entries()
    let origin = directoryOrigin(path, root)
    guard !settings.build.isEmpty else {
      return Tree(root: root, entries: entries, origin: origin)
    }
    return try exported(origin, report) { (export) throws(ShippingError) in
      try TreeCopy(from: root, entries: entries).copy(into: export.tree)
      return export.tree
    }
  }

  /// Lays a tree out, builds it where `layOut` says and walks it; whatever fails, the export goes away.
  private func exported(
    _ origin: Origin, _ report: (PreparationEvent) -> Void,
    layOut: (Export) throws(ShippingError) -> String
  ) throws(ShippingError) -> Tree {
    let export = try Export(under: stateDirectory)
    do throws(ShippingError) {
      let root = try layOut(export)
      try build(in: root, report)
      let entries = try TreeWalk(root: root, rules: try rules(in: root)).entries()
      return Tree(root: root, entries: entries, origin: origin, export: export)
    } catch {
      export.remove()
      throw error
    }
  }

  private func build(
    in directory: String, _ report: (PreparationEvent) -> Void
  ) throws(ShippingError) {
    var variables: [String: String] = [:]
    if !settings.stage.isEmpty { variables["DEPLOY_STAGE"] = settings.stage }
    variables["DEPLOY_RELEASE"] = release?.text
    for command in settings.build {
      try BuildCommand(command: command, directory: directory, variables: variables)
        .run(report: report)
    }
  }

  /// The tree's own rules first, so that the configuration has the last word.
  private func rules(in root: String) throws(ShippingError) -> IgnoreRules {
    var rules = IgnoreRules()
    if let text = try FileContents.read(IgnoreRules.fileName, in: root) { rules.append(file: text) }
    rules.append(IgnoreRules(lines: settings.exclude))
    return rules
  }

  /// The state directory when it lies inside of what is shipped.
  private func ownState(under root: String) -> [TreePath] {
    let inside = absolute(stateDirectory)
    guard inside.hasPrefix(root + "/") else { return [] }
    return [TreePath(String(inside.dropFirst(root.count + 1)))]
  }

  /// A directory may well be a checkout: then people want to know of which commit.
  private func directoryOrigin(_ path: String, _ root: String) -> Origin {
    let checkout = GitRepository(path: root)
    var origin = Origin(source: "directory \(path)")
    guard let commit = try? checkout.commit(of: "HEAD") else { return origin }
    origin.commit = commit
    origin.subject = try? checkout.subject(of: commit)
    origin.branch = try? checkout.branch(of: "HEAD")
    origin.isDirty = (try? checkout.isDirty()) ?? false
    return origin
  }

  /// Real, so that one directory has one spelling, whatever links lead to it.
  private func absolute(_ path: String) -> String {
    RealPath.of(path.hasPrefix("/") ? path : "\(projectDirectory)/\(path)")
  }
}
