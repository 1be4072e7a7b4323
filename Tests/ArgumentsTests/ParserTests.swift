import Arguments
import Testing

struct ParserTests {
  private func run(_ line: String) throws -> (name: String, invocation: Invocation) {
    let request = try Sample.table.request(line.split(separator: " ").map(String.init))
    guard case .run(let command, let invocation) = request else {
      throw Unexpected(what: "\(request)")
    }
    return (command.name, invocation)
  }

  private struct Unexpected: Error { let what: String }

  @Test(
    "options stand anywhere, with a blank or an equals sign",
    arguments: [
      "push --stage production --keep 3 --dry-run web1", "--stage=production push web1 --keep=3 -n",
      "-s production -n push --keep 3 -- web1", "push -s=production -n --keep 3 web1",
    ])
  func anyOrder(line: String) throws {
    let (name, invocation) = try run(line)
    #expect(name == "push")
    #expect(invocation[Sample.stage] == "production")
    #expect(invocation[Sample.keep] == 3)
    #expect(invocation[Sample.dryRun])
    #expect(!invocation[Sample.yes])
    #expect(invocation[Sample.hosts] == ["web1"])
  }

  @Test func absentOptionsReadAsNilDefaultFalseOrEmpty() throws {
    let (_, invocation) = try run("push")
    #expect(invocation[Sample.keep] == nil)
    #expect(invocation[Sample.wait] == .seconds(90))
    #expect(invocation[Sample.format] == nil)
    #expect(invocation[Sample.only] == [])
    #expect(invocation[Sample.hosts] == [])
    #expect(try run("rollback").invocation[Sample.release] == nil)
  }

  @Test func choicesListsAndTypedOperands() throws {
    let (_, invocation) = try run("push --format markdown --only a --only b --wait 10m")
    #expect(invocation[Sample.format] == .markdown)
    #expect(invocation[Sample.only] == ["a", "b"])
    #expect(invocation[Sample.wait] == .seconds(600))
    #expect(try run("completion fish").invocation[Sample.shell] == .fish)
  }

  @Test func wordsAfterTwoDashesPassUntouched() throws {
    let (_, invocation) = try run("run -s production -- ls --help -- -s x")
    #expect(invocation[Sample.words] == ["ls", "--help", "--", "-s", "x"])
    #expect(invocation[Sample.stage] == "production")
  }

  @Test func anEmptyValueIsAValue() throws {
    let request = try Sample.table.request(["push", "--stage=", "-"])
    guard case .run(_, let invocation) = request else {
      Issue.record("not a command")
      return
    }
    #expect(invocation[Sample.stage] == "")
    #expect(invocation[Sample.hosts] == ["-"])
  }

  @Test func commandsOfTwoWords() throws {
    let (name, invocation) = try run("env -y set APP_KEY")
    #expect(name == "env set")
    #expect(invocation[Sample.name] == "APP_KEY")
  }

  @Test func dashDashVersionIsTheCommand() throws {
    #expect(try run("--version").name == "version")
  }

  @Test(
    "help is found wherever people look for it",
    arguments: [
      ("", "overview"), ("help", "overview"), ("--help", "overview"), ("-h", "overview"),
      ("help push", "push"), ("push --help", "push"), ("-h push --keep 3", "push"),
      ("help env", "group env"), ("env --help", "group env"), ("help env set", "env set"),
      ("run --help", "run"), ("push --nonsense -h", "push"),
    ])
  func help(line: String, topic expected: String) throws {
    let request = try Sample.table.request(line.split(separator: " ").map(String.init))
    guard case .help(let topic) = request else {
      Issue.record("\(request)")
      return
    }
    let found =
      switch topic {
      case .overview: "overview"
      case .group(let name): "group \(name)"
      case .command(let command): command.name
      }
    #expect(found == expected)
  }

  @Test func twoDashesEndHelpToo() throws {
    #expect(try run("run -- --help").invocation[Sample.words] == ["--help"])
  }
}
