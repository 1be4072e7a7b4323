import Configuration
import FoundationEssentials
import Glibc

/// A project's directory, as far as conditions ask about it. Each manifest is read once, when it
/// is first asked for: a lock file may be a megabyte.
final class Project {
  private let directory: String
  private lazy var composer = json("composer.json")
  private lazy var package = json("package.json")
  private lazy var composerPackages = versions(json("composer.lock"))
  private lazy var gems = text("Gemfile.lock").map(GemfileLock.gems) ?? [:]
  private lazy var requirements = text("requirements.txt").map(PythonManifests.requirements) ?? []
  private lazy var pyproject = text("pyproject.toml").map(PythonManifests.pyproject) ?? []

  init(_ directory: String) { self.directory = directory }

  /// What fulfils a condition, in words; nil when nothing does.
  func evidence(of condition: Condition) -> String? {
    let value = condition.value
    switch condition.kind {
    case .file: return isThere(value, S_IFREG) ? value : nil
    case .dir: return isThere(value, S_IFDIR) ? value + "/" : nil
    case .glob: return firstFile(like: value)
    case .composer:
      guard composer?["require"]?[value] != nil else { return nil }
      return locked(value) ?? "\(value) in composer.json"
    case .composerLock: return locked(value)
    case .npm:
      let isNamed = ["dependencies", "devDependencies"].contains { package?[$0]?[value] != nil }
      return isNamed ? "\(value) in package.json" : nil
    case .script:
      return package?["scripts"]?[value] != nil ? "script \"\(value)\" in package.json" : nil
    case .gem: return gems[value].map { "\(value) \($0) in Gemfile.lock" }
    case .python:
      let name = PythonManifests.normalized(value)
      if requirements.contains(name) { return "\(name) in requirements.txt" }
      return pyproject.contains(name) ? "\(name) in pyproject.toml" : nil
    }
  }

  private func locked(_ package: String) -> String? {
    composerPackages[package].map { "\(package) \($0) in composer.lock" }
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
