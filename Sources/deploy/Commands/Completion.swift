import Arguments

let completionCommand: Command<Context> = Command(
  "completion", "print a script that teaches a shell these commands",
  discussion: """
    The script holds every command and option: pressing Tab starts no process and asks no host.

      deploy completion bash > ~/.local/share/bash-completion/completions/deploy
      deploy completion zsh > ~/.zfunc/_deploy
      deploy completion fish > ~/.config/fish/completions/deploy.fish
    """,
  section: "help", operands: [CompletionOperands.shell]
) { invocation, context in
  let shell = invocation[CompletionOperands.shell]
  let script = Completion.script(for: Commands.table, in: shell)
  context.console.print(
    Text(script.droppingLastNewline),
    json: ["event": "completion", "shell": .string(shell.rawValue), "script": .string(script)])
}

enum CompletionOperands {
  static let shell = Operand<Completion.Shell>("shell", "the shell to teach")
}

extension String {
  /// The console ends what it prints by itself.
  var droppingLastNewline: String { last == "\n" ? String(dropLast()) : self }
}
