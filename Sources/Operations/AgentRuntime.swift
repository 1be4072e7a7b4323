/// The shell text that carries operations out, as it is sent at the start of a session.
///
/// All files of this room: `Session.sh` first, because it sets what the others use, and `Serve.sh`,
/// which starts both halves, last.
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

  /// The same for a text that the host may have kept under its SHA-256, from an earlier session: then it need
  /// not travel, which is a hundred kilobytes and, with TCP's slow start, three round trips.
  ///
  /// What was kept is used only when its digest is right, so it matters little who could write there. When
  /// there is none it asks, and passes over heartbeats until the line that is the digest.
  ///
  /// `lines` are the first that the agent reads. They are arguments, because OpenSSH opens a channel with a window
  /// of no bytes: what comes on standard input waits for a round trip more than the command itself. They must be
  /// encoded as every line is, and so hold nothing that means something to a shell between single quotes.
  public static func command(for text: [UInt8], keptAs digest: String, saying lines: [String])
    -> String
  {
    """
    exec sh -c 'kept="${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/deploy/agent" sum=\(digest) wanted=no; \
    text=$(cat "$kept/$sum" 2>/dev/null; echo .); text=${text%.}; \
    case $(printf %s "$text" | sha256sum 2>/dev/null) in "$sum "*) ;; \
    *) wanted=yes; printf "\\036want %s\\n" "$sum"; \
    while IFS= read -r line && [ "$line" != "$sum" ]; do :; done; \
    text=$(dd bs=\(text.count) count=1 iflag=fullblock 2>/dev/null; echo .); text=${text%.} ;; \
    esac; eval "$text"' agent
    """ + lines.map { " '\($0)'" }.joined()
  }

  static func assemble(extra: [[UInt8]]) -> [UInt8] {
    var parts: [[UInt8]] = []
    // A file that others build on first, and the one that starts it all last.
    for file in EmbeddedFiles.all.sorted(by: { rank($0.path) < rank($1.path) }) {
      if file.path == "Serve.sh" { parts += extra }
      parts.append(withoutComments(file.bytes))
    }
    return parts.flatMap { $0 }
  }

  private static func rank(_ path: String) -> (Int, String) {
    (path == "Session.sh" ? 0 : path == "Serve.sh" ? 2 : 1, path)
  }

  /// Whole-line comments and indentation stay on this side: they are a third of the bytes.
  private static func withoutComments(_ bytes: [UInt8]) -> [UInt8] {
    bytes.split(separator: UInt8(ascii: "\n")).flatMap { line -> [UInt8] in
      let text = line.drop { $0 == UInt8(ascii: " ") }
      return text.first == UInt8(ascii: "#") ? [] : line + [UInt8(ascii: "\n")]
    }
  }
}
