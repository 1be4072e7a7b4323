import Foundation

/// A project made of a few files, which is removed when the test ends.
final class ProjectFixture {
  let path: String

  init(_ files: [String: String]) throws {
    path = FileManager.default.temporaryDirectory.path + "/deploy-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, text) in files {
      let url = URL(filePath: path + "/" + name)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A composer.json that requires packages.
func composer(_ packages: String...) -> String {
  let members = packages.map { "\"\($0)\": \"^1\"" }.joined(separator: ", ")
  return "{\"name\": \"me/shop\", \"require\": {\(members)}}"
}

/// A composer.lock with packages and their versions.
func composerLock(_ packages: [(String, String)]) -> String {
  let list = packages.map { "{\"name\": \"\($0.0)\", \"version\": \"\($0.1)\"}" }
  return "{\"packages\": [\(list.joined(separator: ", "))], \"packages-dev\": []}"
}
