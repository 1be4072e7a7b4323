import Digests
import Operations

/// The agent's text by its digest, under which hosts keep it.
enum KeptRuntime {
  private static let digest = hex(SHA256.hash(AgentRuntime.text))

  /// The longest command that every adapter takes, with some room.
  private static let longestCommand = 30_000

  /// Nil when the lines are too long for a command.
  static func command(saying lines: [String]) -> String? {
    let command = AgentRuntime.command(for: AgentRuntime.text, keptAs: digest, saying: lines)
    return command.utf8.count <= longestCommand ? command : nil
  }

  /// What a host says that does not have it.
  static let wanted = [0x1e] + Array("want \(digest)".utf8)

  static let answer = Array("\(digest)\n".utf8) + AgentRuntime.text
}
