import Foundation
import Planning

@testable import Configuration

/// What an error says, or nil when nothing is wrong.
func complaint<Value>(_ body: () throws -> Value) -> String? {
  do {
    _ = try body()
    return nil
  } catch { return "\(error)" }
}

/// Settings from a text that stands for /projects/shop/deploy.json.
func settings(
  _ text: String, stage: String? = nil, recipe: String? = nil, overrides: [Override] = [],
  environment: [String: String] = ["HOME": "/home/me"]
) throws -> Settings {
  let file = "/projects/shop/deploy.json"
  do {
    return try Configuration(Array(text.utf8), file: file, environment: environment).settings(
      stage: stage,
      recipeLookup: { (_) throws(ConfigurationError) in
        guard let recipe else { return nil }
        return try RecipeLayer(name: "test", bytes: Array(recipe.utf8), file: "recipes/test.json")
      }, overrides: overrides)
  } catch {
    throw Complaint(
      description: error.description.replacingOccurrences(
        of: "/projects/shop/deploy.json", with: "deploy.json"))
  }
}

struct Complaint: Error, CustomStringConvertible {
  let description: String
}

/// The smallest file from which settings can be made, with more keys in front.
func file(_ keys: String) -> String {
  "{\(keys)\(keys.isEmpty ? "" : ", ")\"hosts\": [\"web1\"], \"path\": \"/srv/shop\"}"
}

/// A new directory that is removed when the test ends.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/deploy-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    let url = URL(filePath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }
}
