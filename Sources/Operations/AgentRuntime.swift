/// The shell text that carries operations out, as it is sent at the start of a session.
///
/// The order is the order of definition; only `Serve.sh`, which starts both halves, must be last.
public enum AgentRuntime {
  public static let text: [UInt8] = assemble(extra: [])

  /// What the host's shell is asked to run: it reads the runtime's exact length from its input.
  ///
  /// `sh -s` would read ahead into what follows, and so does busybox's `head -c`; `dd` with whole
  /// blocks does not.
  /// The command is one word list in single quotes, which every login shell understands.
  public static func command(for text: [UInt8]) -> String {
    "exec sh -c 'eval \"$(dd bs=\(text.count) count=1 iflag=fullblock 2>/dev/null)\"'"
  }

  static let order = [
    "Session.sh", "Lock.sh", "Journal.sh", "Survey.sh", "Look.sh", "Enter.sh", "Receive.sh",
    "Verify.sh", "Shared.sh", "Seed.sh", "Link.sh", "Exchange.sh", "Harvest.sh", "Bind.sh",
    "Census.sh", "Overlap.sh", "Commit.sh", "Hook.sh", "Barrier.sh", "Flip.sh", "Record.sh",
    "Prune.sh", "Unlock.sh", "Inspect.sh", "Provide.sh", "Explore.sh", "Adopt.sh",
    "Unadopt.sh",
    "Holdings.sh", "Audit.sh", "Pour.sh", "Keep.sh", "Fill.sh", "Restore.sh",
    "Abandon.sh", "Serve.sh",
  ]

  static func assemble(extra: [[UInt8]]) -> [UInt8] {
    var parts: [[UInt8]] = []
    for name in order {
      guard let file = EmbeddedFiles.all.first(where: { $0.path == name }) else {
        preconditionFailure("\(name) is not embedded")
      }
      if name == "Serve.sh" { parts += extra }
      parts.append(withoutComments(file.bytes))
    }
    return parts.flatMap { $0 }
  }

  /// Whole-line comments and indentation stay on this side: they are a third of the bytes.
  private static func withoutComments(_ bytes: [UInt8]) -> [UInt8] {
    bytes.split(separator: UInt8(ascii: "\n")).flatMap { line -> [UInt8] in
      let text = line.drop { $0 == UInt8(ascii: " ") }
      return text.first == UInt8(ascii: "#") ? [] : line + [UInt8(ascii: "\n")]
    }
  }
}
