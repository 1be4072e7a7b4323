import FoundationEssentials

/// A file that is to be embedded.
struct SourceFile {
  /// Relative to the base, such as `recipes/laravel.json`.
  let path: String
  let isExecutable: Bool
  let bytes: [UInt8]

  /// Every file below a folder, dotfiles too; an empty directory is what its `.gitkeep` is for.
  static func below(_ folder: String, in base: String, suffix: String) throws -> [SourceFile] {
    // The slash follows a link: the folder may be one.
    let root = "\(base)/\(folder)/"
    return try FileManager.default.subpathsOfDirectory(atPath: root)
      .filter { $0.hasSuffix(suffix) && !isDirectory(root + $0) }
      .map { name in
        guard let content = FileManager.default.contents(atPath: root + name) else {
          throw Failure("cannot read \(root)\(name)")
        }
        return SourceFile(
          path: folder == "." ? name : "\(folder)/\(name)",
          isExecutable: FileManager.default.isExecutableFile(atPath: root + name),
          bytes: Array(content))
      }
  }

  private static func isDirectory(_ path: String) -> Bool {
    var isDirectory = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
  }
}
