import Foundation

/// A project made of a few files, which is removed when the test ends.
final class ProjectFixture {
  let path: String

  /// A name that ends in a slash is an empty directory.
  init(_ files: [String: String]) throws {
    path = FileManager.default.temporaryDirectory.path + "/deploy-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, text) in files {
      let url = URL(filePath: path + "/" + name)
      let folder = name.hasSuffix("/") ? url : url.deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      if !name.hasSuffix("/") { try Data(text.utf8).write(to: url) }
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A composer.json that requires packages.
func composer(_ packages: String...) -> String {
  let members = packages.map { "\"\($0)\": \"^1\"" }.joined(separator: ", ")
  return """
    {
      "name": "me/shop",
      "type": "project",
      "require": { "php": "^8.2", \(members) },
      "require-dev": { "phpunit/phpunit": "^11" },
      "autoload": { "psr-4": { "App\\\\": "app/" } }
    }
    """
}

/// A composer.lock with packages and their versions.
func composerLock(_ packages: (String, String)...) -> String {
  let list = packages.map { "{\"name\": \"\($0.0)\", \"version\": \"\($0.1)\"}" }
  return """
    {
      "_readme": ["This file locks the dependencies of your project to a known state"],
      "content-hash": "b2f2d1d4c1",
      "packages": [\(list.joined(separator: ", "))],
      "packages-dev": [{"name": "phpunit/phpunit", "version": "11.0.1"}]
    }
    """
}

/// A package.json with dependencies and scripts.
func package(
  _ dependencies: [String: String] = [:], dev: [String: String] = [:],
  scripts: [String: String] = ["build": "x"]
) -> String {
  """
  {
    "name": "shop",
    "private": true,
    "scripts": \(object(scripts)),
    "dependencies": \(object(dependencies)),
    "devDependencies": \(object(dev))
  }
  """
}

/// A package-lock.json as npm writes it since 7.
func packageLock(_ packages: [String: String]) -> String {
  let entries = packages.sorted { $0.key < $1.key }
    .map { "\"node_modules/\($0.key)\": {\"version\": \"\($0.value)\", \"license\": \"MIT\"}" }
  return """
    {"name": "shop", "lockfileVersion": 3, "packages": {"": {}, \(entries.joined(separator: ", "))}}
    """
}

private func object(_ members: [String: String]) -> String {
  let list = members.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \"\($0.value)\"" }
  return "{\(list.joined(separator: ", "))}"
}
