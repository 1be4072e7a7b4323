import Arguments
import Planning

let envSetCommand = Command<Context>(
  "env set", "set one key on every host of the stage",
  discussion: """
    Asks for the value without showing it, or reads all of standard input; one newline at its end is \
    not part of it. A value is never taken from the command line, where other users could see it.

      deploy env set DB_PASSWORD
      openssl rand -hex 32 | deploy env set APP_SECRET --why "rotated"

    All other bytes of the file stay as they are. Every change is a version: see `env history`.
    """,
  section: "environment", operands: [EnvSetOperands.key],
  options: EnvOptions.change + [EnvSetOptions.empty]
) { invocation, context in
  let key = try EnvKey.one(of: invocation[EnvSetOperands.key], command: "deploy env set")
  let change = try EnvChange(invocation, context, .set)
  let value = try SecretInput.read(
    for: key, isEmptyMeant: invocation[EnvSetOptions.empty], context)
  try await change.carryOut { reading, visit in
    try EnvChange.edit(reading, on: visit) { file throws(DotenvError) in
      try file.set(key, to: value)
    }
  }
}

private enum EnvSetOperands {
  static let key = Operand<[String]>("KEY", "the variable", atLeast: 1)
}

private enum EnvSetOptions {
  static let empty = Option<Bool>("empty", "an empty value is meant")
}
