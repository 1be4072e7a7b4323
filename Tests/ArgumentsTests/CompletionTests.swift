import Arguments
import Glibc
import Testing

struct CompletionTests {
  @Test("a script is correct in its own shell", arguments: Completion.Shell.allCases)
  func syntax(shell: Completion.Shell) throws {
    guard isInstalled(shell.rawValue) else { return }
    let path = try write(Completion.script(for: Sample.table, in: shell))
    defer { unlink(path) }
    #expect(output(of: "\(shell.rawValue) -n '\(path)' 2>&1; echo $?") == "0\n")
  }

  @Test(
    "bash completes what may stand there",
    arguments: [
      ("pu", "push"), ("", "push rollback run env completion version help --stage --yes --help"),
      ("env ", "set list"), ("help env ", "set list"), ("push --format ", "text markdown"),
      ("push --dr", "--dry-run"), ("-s production pu", "push"), ("rollback --k", ""),
      ("env set --st", "--stage"), ("completion z", "zsh"), ("run -- pu", ""),
      ("push --stage pu", ""),
    ])
  func bash(typed: String, completions: String) throws {
    let path = try write(Completion.script(for: Sample.table, in: .bash))
    defer { unlink(path) }
    let ask = """
      source '\(path)'; COMP_WORDS=(deploy \(typed)); [[ '\(typed)' == *' ' || -z '\(typed)' ]] \
      && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _deploy; echo "${COMPREPLY[*]}"
      """
    let script = try write(ask)
    defer { unlink(script) }
    #expect(output(of: "bash '\(script)' 2>&1") == completions + "\n")
  }

  private func isInstalled(_ program: String) -> Bool {
    output(of: "command -v \(program)") != ""
  }

  private func write(_ text: String) throws -> String {
    var name = Array("/tmp/deploy-completion.XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    return String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private func output(of command: String) -> String {
    guard let pipe = popen(command, "r") else { return "" }
    defer { pclose(pipe) }
    var text: [UInt8] = []
    while case let byte = fgetc(pipe), byte != EOF { text.append(UInt8(byte)) }
    return String(decoding: text, as: UTF8.self)
  }
}
