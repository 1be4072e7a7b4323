import FoundationEssentials
import PackagePlugin

/// Turns files that lie in a room into the Swift value `EmbeddedFiles.all` of that room.
///
/// `Operations` gets the shell functions beside its Swift files. `Recipes` gets the two folders at
/// the top of the package, which are linked into the room: the package manager makes a new plan
/// when a file comes or goes below a target's folder, and only there. Without the links a new
/// recipe would wait for the next unrelated change.
@main
struct EmbedPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let room = context.package.directoryURL.appending(path: "Sources/\(target.name)")
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
    let (folders, suffix) =
      target.name == "Recipes" ? (["recipes", "shared-skeleton"], "") : (["."], ".sh")

    return [
      .buildCommand(
        displayName: "Embedding files into \(target.name)",
        executable: try context.tool(named: "Embed").url,
        arguments: [output.path, room.path, suffix] + folders,
        inputFiles: try folders.flatMap { try files(in: $0, of: room, suffix) },
        outputFiles: [output])
    ]
  }

  /// Declared inputs also count as handled: the package manager does not warn of them.
  private func files(in folder: String, of room: URL, _ suffix: String) throws -> [URL] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: "\(room.path)/\(folder)/")
      .filter { $0.hasSuffix(suffix) }
    return names.map { room.appending(path: folder == "." ? $0 : "\(folder)/\($0)") }
  }
}
