import Glibc
import Processes

/// A directory for one test, gone when the test is.
public final class TreeScratch: Sendable {
  public let path: String

  public init() throws {
    var template = Array("/tmp/deploy-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TreeScratchError(words: "mkdtemp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    _ = try? Command(["chmod", "-R", "u+rwX", "--", path]).run()
    _ = try? Command(["rm", "-rf", "--", path]).run()
  }

  /// Makes a directory below this one and returns its path.
  @discardableResult
  public func directory(_ name: String) throws -> String {
    try run(["mkdir", "-p", "--", "\(path)/\(name)"])
    return "\(path)/\(name)"
  }

  /// Writes a file, and the directories above it.
  public func write(_ text: String, to name: String) throws {
    try write(Array(text.utf8), to: Array(name.utf8))
  }

  /// The name is bytes: a test may want one that is not UTF-8.
  public func write(_ contents: [UInt8], to name: [UInt8]) throws {
    let full = Array(path.utf8) + [UInt8(ascii: "/")] + name
    for index in full.indices where full[index] == UInt8(ascii: "/") && index > 0 {
      mkdir(full[..<index].map { CChar(bitPattern: $0) } + [0], 0o755)
    }
    let file = open(
      full.map { CChar(bitPattern: $0) } + [0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw TreeScratchError(words: "cannot write") }
    defer { close(file) }
    var rest = contents[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      guard count > 0 else { throw TreeScratchError(words: "cannot write") }
      rest = rest.dropFirst(count)
    }
  }

  /// Runs a program here; one that fails fails the test.
  @discardableResult
  public func run(
    _ words: [String], in directory: String? = nil, input: [UInt8] = []
  ) throws -> String {
    let result = try Command(words, in: directory ?? path, input: input).run()
    guard result.status == 0 else {
      throw TreeScratchError(words: "\(words) exited \(result.status): \(result.errorText)")
    }
    return result.text
  }

  /// A repository with an author, whatever this machine's configuration is.
  public func repository(_ name: String) throws -> String {
    let repository = try directory(name)
    try run(["git", "init", "-q", "-b", "main", repository])
    for (key, value) in [("user.name", "T"), ("user.email", "t@example.com")] {
      try run(["git", "-C", repository, "config", key, value])
    }
    return repository
  }

  public func commit(_ subject: String, in repository: String) throws {
    try run(["git", "-C", repository, "add", "-A"])
    try run(["git", "-C", repository, "commit", "-qm", subject])
  }
}

public struct TreeScratchError: Error {
  public var words: String
}
