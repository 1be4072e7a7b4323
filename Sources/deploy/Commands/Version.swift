import Arguments
import SSH

let versionCommand = Command<Context>(
  "version", "show this tool's version, and those of what it is made with",
  section: "help"
) { _, context in
  context.console.print(
    "deploy \(VersionNumber.ours) (libssh2 \(Library.version), Swift \(VersionNumber.swift))",
    json: [
      "event": "version", "deploy": .string(VersionNumber.ours),
      "libssh2": .string(Library.version),
      "swift": .string(VersionNumber.swift),
    ])
}
