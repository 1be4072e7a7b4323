import Execution
import Glibc
import Planning

/// A key as it was typed. No message repeats the words: one of them may be a secret that slipped.
enum EnvKey {
  static func one(of words: [String], command: String) throws -> String {
    let keys = try all(of: words, command: command)
    guard keys.count == 1, let key = keys.first else {
      throw mistake("`\(command)` takes one key, and no value: \(reason)", command)
    }
    return key
  }

  static func all(of words: [String], command: String) throws -> [String] {
    for word in words {
      guard !word.contains("=") else {
        throw mistake("a value is not taken from the command line: \(reason)", command)
      }
      guard Dotenv.isKey(word) else {
        throw mistake(
          "that is not a variable's name: A-Z a-z 0-9 and _, not starting with a digit", command)
      }
    }
    return words
  }

  private static let reason = "every user of this machine can list the words of a process"

  private static func mistake(_ what: String, _ command: String) -> Failure {
    Failure(
      exitCode: 2, what: what, live: "unchanged; nothing was sent",
      next: command.hasSuffix("set") && !command.hasSuffix("unset")
        ? "`\(command) KEY` asks for the value, or reads it: `\(command) KEY <file`"
        : "`\(command) KEY`")
  }
}

/// A value that must not be seen: from a hidden prompt, or all of standard input.
enum SecretInput {
  static func read(for key: String, isEmptyMeant: Bool, _ context: Context) throws -> [UInt8] {
    let value =
      isatty(STDIN_FILENO) == 1
      ? Array(
        try Prompt(surroundings: context.console.surroundings).askSecret("Value of \(key):").utf8)
      : withoutNewline(all())
    guard !value.isEmpty || isEmptyMeant else {
      throw Failure(
        exitCode: 2, what: "no value arrived for \(key)", live: "unchanged; nothing was sent",
        next: "`--empty` when it is to be empty, `deploy env unset \(key)` when it is to go")
    }
    return value
  }

  /// Whatever prints a line ends it, and nobody means that end.
  private static func withoutNewline(_ bytes: [UInt8]) -> [UInt8] {
    bytes.last == UInt8(ascii: "\n") ? Array(bytes.dropLast()) : bytes
  }

  private static func all() -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while bytes.count <= EnvReading.most {
      let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return bytes
  }
}
