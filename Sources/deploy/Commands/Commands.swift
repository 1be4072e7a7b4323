import Arguments

/// Everything the tool can do. A new command is one file here and one name in this list.
enum Commands {
  static let table: CommandTable<Context> = CommandTable(
    tool: "deploy", summary: "ship an application to its hosts, and back",
    commands: [
      initCommand, setupCommand, checkCommand, adoptCommand, trustCommand,
      pushCommand, rollbackCommand, convergeCommand, planCommand,
      statusCommand, healthCommand, historyCommand, runCommand, logsCommand, sshCommand,
      downCommand, upCommand,
      envListCommand, envGetCommand, envSetCommand, envUnsetCommand, envEditCommand,
      envDiffCommand, envCheckCommand, envHistoryCommand, envRollbackCommand,
      sharedListCommand, sharedVerifyCommand, sharedAdoptCommand, sharedReleaseCommand,
      sharedPullCommand, sharedPushCommand, sharedBackupCommand, sharedRestoreCommand,
      containerLinksCommand, containerBootCommand, containerOverrideCommand,
      unlockCommand,
      demoCommand, recipesCommand, schemaCommand, completionCommand, versionCommand,
    ],
    common: CommonOptions.all, help: CommonOptions.help)
}
