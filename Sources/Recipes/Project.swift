import Configuration
import FoundationEssentials
import Glibc

/// A project's directory, as far as conditions ask about it. Each manifest is read once, when it
/// is first asked for: a lock file may be a megabyte.
final class Project {
  private let directory: String
  private lazy var composer = json("composer.json")
  private lazy var package = json("package.json")
  private lazy var packageLock = json("package-lock.json")
  private lazy var composerPackages = versions(json("composer.lock"))
  private lazy var gemVersions = text("Gemfile.lock").map(GemfileLock.gems) ?? [:]
  private lazy var gems = text("Gemfile").map(Gemfile.gems) ?? [:]
  private lazy var mixVersions = text("mix.lock").map(MixManifests.locked) ?? [:]
  private lazy var mixDependencies = text("mix.exs").map(MixManifests.dependencies) ?? [:]
  private lazy var distributions = pythonFiles.compactMap { file in
    text(file).map { text in
      let read = file.hasSuffix(".txt") ? PythonManifests.requirements : PythonManifests.sections
      return (file: file, names: read(text))
    }
  }

  private let pythonFiles = [
    "requirements.txt", "requirements/base.txt", "requirements/production.txt", "pyproject.toml",
    "Pipfile",
  ]

  init(_ directory: String) { self.directory = directory }

  /// What fulfils a condition, in words; nil when nothing does. A version is the locked one where
  /// a lock file tells it, else what the manifest asks for.
  func evidence(of condition: Condition) -> String? {
    let value = condition.value
    switch condition.kind {
    case .file: return isThere(value, S_IFREG) ? value : nil
    case .dir: return isThere(value, S_IFDIR) ? value + "/" : nil
    case .glob: return firstFile(like: value)
    case .composer:
      guard let constraint = composer?["require"]?[value] else { return nil }
      return locked(value) ?? words(value, constraint.string, "composer.json")
    case .composerLock: return locked(value)
    case .npm:
      let lists = ["dependencies", "devDependencies"]
      guard let constraint = lists.compactMap({ package?[$0]?[value] }).first else { return nil }
      return installed(value).map { words(value, $0, "package-lock.json") }
        ?? words(value, constraint.string, "package.json")
    case .script:
      return package?["scripts"]?[value] != nil ? "script \"\(value)\" in package.json" : nil
    case .gem:
      return gemVersions[value].map { words(value, $0, "Gemfile.lock") }
        ?? gems[value].map { words(value, $0, "Gemfile") }
    case .python:
      let name = PythonManifests.normalized(value)
      return distributions.lazy.compactMap { [words] file, names in
        names[name].map { words(name, $0, file) }
      }.first
    case .mix:
      guard let constraint = mixDependencies[value] else { return nil }
      return mixVersions[value].map { words(value, $0, "mix.lock") }
        ?? words(value, constraint, "mix.exs")
    }
  }

  private func words(_ name: String, _ version: String?, _ file: String) -> String {
    // Some constraints are whole addresses; enough of them to recognise them is enough.
    guard let version, !version.isEmpty, version != "*" else { return "\(name) in \(file)" }
    return "\(name) \(version.prefix(40)) in \(file)"
  }

  private func locked(_ package: String) -> String? {
    composerPackages[package].map { words(package, $0, "composer.lock") }
  }

  /// Lock files before npm 7 have no "packages".
  private func installed(_ package: String) -> String? {
    let entry =
      packageLock?["packages"]?["node_modules/\(package)"]
      ?? packageLock?["dependencies"]?[package]
    return entry?["version"]?.string
  }

  private func versions(_ lock: Node?) -> [String: String] {
    var versions: [String: String] = [:]
    for package in lock?["packages"]?.elements ?? [] {
      guard let name = package["name"]?.string, let version = package["version"]?.string
      else { continue }
      // Tags are written with and without the letter.
      versions[name] = version.hasPrefix("v") ? String(version.dropFirst()) : version
    }
    return versions
  }

  /// A manifest that cannot be read is as good as none: it is its own tool's to complain of.
  private func json(_ file: String) -> Node? {
    guard let content = FileManager.default.contents(atPath: "\(directory)/\(file)")
    else { return nil }
    return try? Reader.read(Array(content), file: file, rules: .manifest)
  }

  private func text(_ file: String) -> String? {
    FileManager.default.contents(atPath: "\(directory)/\(file)")
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private func isThere(_ path: String, _ kind: mode_t) -> Bool {
    var status = stat()
    return stat("\(directory)/\(path)", &status) == 0 && status.st_mode & S_IFMT == kind
  }

  private func firstFile(like pattern: String) -> String? {
    let slash = pattern.lastIndex(of: "/")
    let folder = slash.map { String(pattern[...$0]) } ?? ""
    let name = slash.map { String(pattern[pattern.index(after: $0)...]) } ?? pattern
    let names = try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(folder)")
    return (names ?? []).sorted()
      .first { fnmatch(name, $0, FNM_PERIOD) == 0 && isThere(folder + $0, S_IFREG) }
      .map { folder + $0 }
  }
}
