import Glibc
import SSH
import Testing

@testable import deploy

/// Each test plays the person at a pseudo-terminal.
struct ConsolePromptTests {
  @Test(arguments: [
    ("y\n", true), ("YES\n", true), ("\n", false), ("n\n", false), ("yep\n", false),
  ])
  func confirming(typed: String, answer: Bool) throws {
    let terminal = try PseudoTerminal()
    terminal.type(typed)
    #expect(try terminal.prompt.confirm("take the lock?") == answer)
    #expect(terminal.screen().contains("take the lock? [y/N] "))
  }

  @Test(
    "a host's key is trusted by its fingerprint's end, and what else is typed is answered",
    arguments: [
      ("%END\n", HostKeyPrompt.Answer.trusted, 1), ("%ALL\n", .trusted, 1), ("no\n", .declined, 1),
      ("\n", .declined, 1), ("yes\n%END\n", .trusted, 2), ("yes\nN\n", .declined, 2),
      ("y\nye\nyes\n", .unclear("yes"), 3),
    ])
  func trusting(typed: String, answer: HostKeyPrompt.Answer, questions: Int) throws {
    let key = HostKey(blob: [0, 0, 0, 11] + Array("ssh-ed25519".utf8) + [1])
    let question = HostKeyQuestion(name: "web1", key: key)
    let terminal = try PseudoTerminal()
    terminal.type(
      typed.replacing("%END", with: key.fingerprint.suffix(6))
        .replacing("%ALL", with: key.fingerprint)
        // Unread, unless there is one question too many: then it ends instead of waiting for ever.
        + "no\nno\n")
    #expect(try HostKeyPrompt(prompt: terminal.prompt, question: question).ask() == answer)
    let screen = terminal.screen()
    #expect(screen.contains("To trust this ED25519 key, type the last 6 characters"))
    #expect(screen.split(separator: "last 6 characters").count == questions + 1)
    #expect(
      (questions > 1) == screen.contains("type the last 6 characters of \(key.fingerprint), or no:")
    )
  }

  @Test func aSecretDoesNotShow() throws {
    let terminal = try PseudoTerminal()
    try terminal.typeWhenAsked("hunter2\n")
    #expect(try terminal.prompt.askSecret("APP_KEY:") == "hunter2")
    #expect(!terminal.screen().contains("hunter2"))
    #expect(terminal.echoes)
  }

  @Test func controlCAtASecretRestoresTheTerminal() throws {
    let terminal = try PseudoTerminal()
    try terminal.typeWhenAsked("hun\u{3}")
    #expect(throws: PromptError.interrupted) { try terminal.prompt.askSecret("APP_KEY:") }
    #expect(terminal.echoes)
  }

  @Test func withoutATerminalItRefuses() {
    let expected = PromptError.noTerminal(question: "sure?")
    for path in ["/dev/null", "/nonexistent"] {
      let prompt = Prompt(surroundings: Surroundings(), terminal: path)
      #expect(throws: expected) { try prompt.ask("sure?") }
    }
    #expect(expected.description == "nobody can be asked \"sure?\": there is no terminal")
  }

  @Test func inCIItRefusesEvenWithATerminal() throws {
    let terminal = try PseudoTerminal()
    let prompt = Prompt(
      surroundings: Surroundings(environment: ["CI": "true"]), terminal: terminal.path)
    #expect(throws: PromptError.noTerminal(question: "sure?")) { try prompt.confirm("sure?") }
  }
}

private final class PseudoTerminal: Sendable {
  private let person: Int32
  private let keptOpen: Int32
  let path: String

  init() throws {
    person = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(person >= 0)
    // What unlockpt and ptsname do; Swift's Glibc hides them.
    var locked: Int32 = 0
    var number: UInt32 = 0
    try #require(ioctl(person, 0x4004_5431, &locked) == 0)  // TIOCSPTLCK
    try #require(ioctl(person, 0x8004_5430, &number) == 0)  // TIOCGPTN
    path = "/dev/pts/\(number)"
    // A pseudo-terminal forgets what was typed when its last reader closes.
    keptOpen = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(keptOpen >= 0)
  }

  deinit {
    close(keptOpen)
    close(person)
  }

  var prompt: Prompt { Prompt(surroundings: Surroundings(), terminal: path) }

  var echoes: Bool {
    var settings = termios()
    return tcgetattr(keptOpen, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(person, bytes, bytes.count)
  }

  /// Typed before the echo is off it would be flushed. A thread of its own, since the prompt blocks
  /// one of the few that tasks share.
  func typeWhenAsked(_ text: String) throws {
    let typist = Typist(terminal: person, text: text)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Typist>.fromOpaque(argument).takeRetainedValue().type()
        return nil
      }, Unmanaged.passRetained(typist).toOpaque())
    try #require(status == 0)
    pthread_detach(thread)
  }

  /// Everything shown so far.
  func screen() -> String {
    var shown: [UInt8] = []
    var wait = pollfd(fd: person, events: Int16(POLLIN), revents: 0)
    while poll(&wait, 1, 100) > 0 {
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = read(person, &bytes, bytes.count)
      guard count > 0 else { break }
      shown += bytes.prefix(count)
    }
    return String(decoding: shown, as: UTF8.self)
  }
}

private final class Typist: Sendable {
  private let terminal: Int32
  private let text: String

  init(terminal: Int32, text: String) {
    self.terminal = terminal
    self.text = text
  }

  func type() {
    var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, 10_000) == 1 else { return }
    let bytes = Array(text.utf8)
    _ = write(terminal, bytes, bytes.count)
  }
}
