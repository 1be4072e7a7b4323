/// The file that `deploy init` writes: what was found out about a project, and every other key as
/// a comment to take the slashes from.
public struct ProjectTemplate: Sendable, Equatable {
  public var app: String
  /// Nil for a project that fits no recipe.
  public var recipe: String?
  /// Why that recipe, in words.
  public var reason: String?
  public var isInGit: Bool
  public var host = "deployer@server.example.com"

  /// Guesses from the project's directory; which recipe fits is for others to tell.
  public init(directory: String, recipe: String? = nil, reason: String? = nil) {
    let folder = Folder(of: directory + "/deploy.json", home: nil)
    app = Self.appName(from: Folder.name(of: folder.path))
    isInGit = Folder.isInGitWorkTree(folder.path)
    self.recipe = recipe
    self.reason = reason
  }

  public var text: String {
    """
    // What `deploy` does with this project. Lines that start with // "key" are examples of what
    // else can be set; `deploy schema` prints every key for editors.
    {
      "app": "\(app)",

    \(recipeLines)

      // \(line("source"))
      "source": \(isInGit ? #"{ "git": "HEAD" }"# : #"{ "directory": "." }"#),

      // \(line("stages"))
      "stages": {
        "production": {
          // \(line("hosts"))
          "hosts": ["\(host)"],
          // \(line("path"))
          "path": "/var/www/\(app)",
        },
      },
    \(optionLines)}

    """
  }

  private var recipeLines: String {
    guard let recipe else {
      return "  // No recipe fits this project.\n  \"recipe\": \"none\","
    }
    // A file name in the reason may hold anything but must not end the comment.
    let reason = reason.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
    return "  // Detected: \(reason ?? recipe).\n  \"recipe\": \"\(recipe)\","
  }

  private var optionLines: String {
    let written = ["$schema", "app", "recipe", "source", "stages", "hosts", "path"]
    return Schema.keys(in: .top).filter { !written.contains($0.name) }
      .map { key in
        "\n  // \(key.documentation)\n  // \"\(key.name)\": \(key.example),\n"
      }
      .joined()
  }

  private func line(_ key: String) -> String { Schema.key(key)?.documentation ?? "" }

  /// The nearest name that the grammar allows.
  private static func appName(from folder: String) -> String {
    let letters = folder.utf8.map { byte in
      Letters.isAlphanumeric(byte) || "._-".utf8.contains(byte) ? byte : UInt8(ascii: "-")
    }
    let trimmed = letters.drop { !Letters.isAlphanumeric($0) }.prefix(64)
    return trimmed.isEmpty ? "app" : String(decoding: trimmed, as: UTF8.self).lowercased()
  }
}
