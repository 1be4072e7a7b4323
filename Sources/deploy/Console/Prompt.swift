import Glibc

/// Asks the person at the terminal, whatever standard input is busy with.
struct Prompt: Sendable {
  private let path: String
  private let isRefused: Bool

  /// In a CI job nobody answers, even where it was given a terminal.
  init(surroundings: Surroundings, terminal path: String = "/dev/tty") {
    self.path = path
    isRefused = surroundings.isCI
  }

  func ask(_ question: String) throws(PromptError) -> String {
    try answer(to: question, hidden: false)
  }

  /// The answer does not show on the screen.
  func askSecret(_ question: String) throws(PromptError) -> String {
    try answer(to: question, hidden: true)
  }

  /// Anything but a clear yes is a no.
  func confirm(_ question: String) throws(PromptError) -> Bool {
    let answer = try answer(to: question, choices: " [y/N]", hidden: false)
    return ["y", "yes"].contains(answer.lowercased())
  }

  private func answer(
    to question: String, choices: String = "", hidden: Bool
  ) throws(PromptError) -> String {
    let terminal = isRefused ? -1 : open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard terminal >= 0 else { throw .noTerminal(question: question) }
    defer { close(terminal) }
    guard isatty(terminal) == 1 else { throw .noTerminal(question: question) }

    var before = termios()
    tcgetattr(terminal, &before)
    defer { if hidden { tcsetattr(terminal, TCSADRAIN, &before) } }
    if hidden {
      var silent = before
      // Without ISIG, Ctrl-C arrives as a character: a signal would end the process and leave the
      // person with a terminal that no longer echoes.
      silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
      silent.c_cc.11 = Self.controlC  // VEOL: it also ends the line, so that it arrives at once.
      tcsetattr(terminal, TCSAFLUSH, &silent)
    }
    write(Escaped(question).text + choices + " ", to: terminal)
    let line = readLine(from: terminal)
    if hidden { write("\n", to: terminal) }
    guard let line, !line.contains(Self.controlC) else { throw .interrupted }
    return String(decoding: line, as: UTF8.self)
  }

  private static let controlC: UInt8 = 3

  /// nil when the terminal hung up or the person typed Ctrl-D.
  private func readLine(from terminal: Int32) -> [UInt8]? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while true {
      let count = read(terminal, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { return nil }
      if byte == UInt8(ascii: "\n") { return line }
      line.append(byte)
      if byte == Self.controlC { return line }
      // Nothing that people type is longer than this; whoever sends more is not a person.
      if line.count > 65536 { return nil }
    }
  }

  private func write(_ text: String, to terminal: Int32) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(terminal, bytes, bytes.count)
  }
}

enum PromptError: Error, Sendable, Equatable, CustomStringConvertible {
  case noTerminal(question: String)
  case interrupted

  var description: String {
    switch self {
    case .noTerminal(let question): "nobody can be asked \"\(question)\": there is no terminal"
    case .interrupted: "interrupted at a question"
    }
  }
}
