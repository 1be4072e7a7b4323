import Arguments
import Planning

let envUnsetCommand = Command<Context>(
  "env unset", "take keys away on every host of the stage",
  section: "environment", operands: [EnvUnsetOperands.keys], options: EnvOptions.change
) { invocation, context in
  let keys = try EnvKey.all(of: invocation[EnvUnsetOperands.keys], command: "deploy env unset")
  try await EnvChange(invocation, context, .unset).carryOut { reading, visit in
    try EnvChange.edit(reading, on: visit) { file throws(DotenvError) in
      for key in keys { try file.unset(key) }
    }
  }
}

private enum EnvUnsetOperands {
  static let keys = Operand<[String]>("KEY", "the variables", atLeast: 1)
}
