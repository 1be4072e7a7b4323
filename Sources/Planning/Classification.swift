/// Whether a path is code or data, and why.
///
/// A name decides nothing: `public/assets` is build output for one framework, a cache for
/// another and user data for a third. The recipe and the manifest of what was shipped do.
public struct Classification: Sendable, Equatable {
  public var kind: Kind
  /// In words, for people who wonder.
  public var reason: String

  public init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }

  public enum Kind: String, Sendable, CaseIterable {
    /// Comes from the source; the next release replaces it.
    case shipped
    /// Comes from the build; the next release replaces it.
    case build
    /// The application makes it again; the next release goes without it.
    case regenerable
    /// Declared as data; lives in `shared/`.
    case persistent
    /// Appeared while the site ran; kept as data.
    case unknown

    public var words: String { self == .unknown ? "unknown at run time" : rawValue }
  }
}

/// Classifies paths of one release by its settings, its manifest and what was harvested so far.
public struct Classifier: Sendable {
  public let settings: Settings
  /// As the reason calls the manifest: a release, or what is about to be shipped.
  public let source: String
  /// Every path of the manifest; true for what is a directory there.
  private let shipped: [String: Bool]
  private let registry: Set<String>

  public init(settings: Settings, manifest: Manifest?, of source: String, registry: [String] = []) {
    self.settings = settings
    self.source = source
    self.registry = Set(registry)
    var shipped: [String: Bool] = [:]
    for entry in manifest?.entries ?? [] {
      if case .directory = entry.kind {
        shipped[entry.path.description] = true
      } else {
        shipped[entry.path.description] = false
      }
    }
    self.shipped = shipped
  }

  /// Of a path below the release.
  public func classify(_ path: String) -> Classification {
    if let reason = declaration(of: path) { return Classification(.persistent, reason) }
    let entry = path.below(settings.docroot.root)
    let isDirectory = shipped[path]
    if isDirectory != false, let pattern = match(settings.docroot.regenerable, entry) {
      return Classification(.regenerable, named("public.regenerable \(pattern)"))
    }
    let build = match(settings.docroot.build, entry)
    if isDirectory != nil {
      guard let build else { return Classification(.shipped, "in \(source)") }
      return Classification(.build, named("public.build \(build)"))
    }
    if path.andAbove.contains(where: registry.contains) {
      return Classification(.unknown, "linked to shared/, harvested")
    }
    let aside = build.map { ", though public.build \($0) matches" } ?? ""
    return Classification(.unknown, "in no manifest" + aside)
  }

  /// The first level of what the web server shows, as paths below the release.
  public var topOfDocroot: [String] {
    guard let root = settings.docroot.root else { return [] }
    let names = shipped.keys.compactMap { path in
      path.below(root).flatMap { $0.split(separator: "/").first.map(String.init) }
    }
    return Set(names).sorted().map(settings.docroot.path)
  }

  public func isDirectory(_ path: String) -> Bool { shipped[path] == true }

  private func declaration(of path: String) -> String? {
    let above = path.andAbove
    if let directory = settings.shared.directories.first(where: above.contains) {
      return named("shared.directories \(directory)")
    }
    if settings.shared.files.contains(path) { return named("shared.files \(path)") }
    let entry = path.below(settings.docroot.root)
    return match(settings.docroot.persistent, entry).map { named("public.persistent \($0)") }
  }

  private func match(_ patterns: [String], _ entry: String?) -> String? {
    guard let entry else { return nil }
    return patterns.first { PathPattern($0).matches(entry) }
  }

  private func named(_ reason: String) -> String {
    settings.recipe.map { "recipe \($0): \(reason)" } ?? reason
  }
}

/// What a manifest holds of the files that must not be in a release.
public struct DangerMatch: Sendable, Equatable {
  public let danger: Settings.Danger
  public let paths: [String]

  /// The danger, the first of the files, and what to do.
  public var words: String {
    let more = paths.count > 1 ? " and \(paths.count - 1) more" : ""
    return "\(paths.first ?? "")\(more): \(danger.say)"
  }

  public static func find(_ dangers: [Settings.Danger], in paths: [String]) -> [DangerMatch] {
    dangers.compactMap { danger in
      let patterns = danger.files.map(PathPattern.init)
      let hits = paths.filter { path in patterns.contains { $0.matches(path) } }
      return hits.isEmpty ? nil : DangerMatch(danger: danger, paths: hits)
    }
  }

  public init(danger: Settings.Danger, paths: [String]) {
    self.danger = danger
    self.paths = paths
  }
}

extension Settings {
  /// What a push of this manifest should make a person think about.
  public func dangerNotes(in manifest: Manifest) -> [String] {
    let paths = manifest.entries.compactMap { entry -> String? in
      if case .file = entry.kind { entry.path.description } else { nil }
    }
    .filter { !isShared($0) }
    return DangerMatch.find(dangers, in: paths).map { match in
      match.words + (match.danger.next.map { "; \($0)" } ?? "")
    }
  }

  /// Whether a path is declared to live in `shared/`, or in a directory that is.
  public func isShared(_ path: String) -> Bool {
    let declared = Set(shared.directories + shared.files + optionalDirectories)
    return path.andAbove.contains(where: declared.contains)
  }

  /// One expression for awk for each danger, over names below the release.
  public func expression(of danger: Danger) -> String {
    danger.files.map { "(\(PathPattern($0).expression))" }.joined(separator: "|")
  }
}

extension String {
  /// `a/b/c`, `a/b` and `a`.
  public var andAbove: [String] {
    let parts = split(separator: "/")
    return parts.indices.reversed().map { parts[...$0].joined(separator: "/") }
  }

  /// This path as one below a docroot; nil for what is not.
  fileprivate func below(_ root: String?) -> String? {
    guard let root else { return nil }
    if root == "." { return self }
    return hasPrefix(root + "/") ? String(dropFirst(root.utf8.count + 1)) : nil
  }
}
