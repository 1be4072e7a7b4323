import Execution
import FoundationEssentials
import Planning

/// Hooks that are files of the project: read when they are about to be sent, so that a file that is
/// missing keeps nobody from looking at a host.
extension Project {
  func readingScripts() throws -> Project {
    var project = self
    project.settings.hooks = try settings.hooks.map(Self.reading)
    project.settings.maintenance.down = try settings.maintenance.down.map(Self.reading)
    project.settings.maintenance.up = try settings.maintenance.up.map(Self.reading)
    return project
  }

  private static func reading(_ hook: Settings.Hook) throws(Failure) -> Settings.Hook {
    guard var script = hook.script else { return hook }
    guard let text = FileManager.default.contents(atPath: script.path) else {
      throw refusal(of: hook, "cannot be read (\(script.path))")
    }
    script.text = Array(text)
    // It travels as a field of an operation, and a shell holds it in a variable.
    guard script.text.starts(with: Array("#!".utf8)) else {
      throw refusal(of: hook, "does not begin with #! and an interpreter")
    }
    guard script.text.count <= 65_536, !script.text.contains(0) else {
      throw refusal(of: hook, "is no text of at most 64 KB")
    }
    var hook = hook
    hook.script = script
    return hook
  }

  private static func refusal(of hook: Settings.Hook, _ words: String) -> Failure {
    Failure(
      exitCode: 2, what: "the script '\(hook.run)' of a hook \(words)",
      live: "unchanged; nothing was sent", next: "correct `hooks` in deploy.json, or the file")
  }
}
