import FoundationEssentials

/// `Embed OUTPUT BASE SUFFIX FOLDER...` writes a Swift file that holds every file below the folders
/// whose name ends in the suffix, under its path relative to the base.
///
/// It looks for the files itself instead of being told their names, so that what it writes is
/// right even when the package manager reuses a plan from before a file was added.
@main
enum Embed {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count >= 4 else { throw Failure("usage: Embed OUTPUT BASE SUFFIX FOLDER...") }
    let (output, base, suffix) = (arguments[1], arguments[2], arguments[3])

    var files: [SourceFile] = []
    for folder in arguments.dropFirst(3) {
      files += try SourceFile.below(folder, in: base, suffix: suffix)
    }
    files.sort { $0.path < $1.path }
    try Data(swiftSource(files).utf8).write(to: URL(filePath: output))
  }

  private static func swiftSource(_ files: [SourceFile]) -> String {
    let entries = files.map { file in
      let mode = file.isExecutable ? "0o755" : "0o644"
      let path = String(reflecting: file.path)
      return "    EmbeddedFile(path: \(path), mode: \(mode), bytes: \(literal(file.bytes))),\n"
    }
    return """
      // Written by Embed at build time.

      struct EmbeddedFile: Sendable {
        let path: String
        let mode: Int
        let bytes: [UInt8]
      }

      enum EmbeddedFiles {
        static let all: [EmbeddedFile] = [
      \(entries.joined())  ]
      }

      """
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
