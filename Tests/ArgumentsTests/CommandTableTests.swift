import Arguments
import Testing

struct CommandTableTests {
  private func table(
    _ commands: [Command<Int>], common: [any DeclaredOption] = []
  ) -> CommandTable<Int> {
    CommandTable(
      tool: "t", summary: "", commands: commands, common: common,
      help: Option("help", short: "h", ""))
  }

  private func command(
    _ name: String, _ options: [any DeclaredOption] = [], _ operands: [any DeclaredOperand] = []
  ) -> Command<Int> {
    Command(name, "", operands: operands, options: options) { _, _ in }
  }

  @Test func aSoundTableHasNoMistakes() {
    #expect(Sample.table.mistakes == [])
  }

  @Test func commandsOfOneName() {
    #expect(table([command("a"), command("a")]).mistakes == ["command \"a\" is declared twice"])
    #expect(
      table([command("a"), command("a b")]).mistakes
        == ["\"a b\" is hidden by the command of its first word"])
    #expect(table([command("help")]).mistakes == ["no command can be named \"help\""])
  }

  @Test func optionsOfOneName() {
    let keep = Option<Int?>("keep", short: "k", "")
    let kill = Option<Bool>("kill", short: "k", "")
    let mine = Option<Bool>("help", "")
    #expect(table([command("a", [keep, keep])]).mistakes.first == "a: two options are \"--keep\"")
    #expect(table([command("a", [mine])]).mistakes == ["a: two options are \"--help\""])
    #expect(
      table([command("a", [keep]), command("b", [kill])]).mistakes
        == ["\"-k\" takes a value in one command and none in another"])
  }

  @Test func operandsThatNoWordCanReach() {
    let many = Operand<[String]>("many", "")
    let one = Operand<String>("one", "")
    #expect(
      table([command("a", [], [many, one])]).mistakes
        == ["a: no word could ever reach the operand after an optional one"])
    #expect(
      table([command("a", [], [one, one])]).mistakes == ["a: two operands are \"one\""])
    #expect(table([command("a", [], [one, many])]).mistakes == [])
  }
}
