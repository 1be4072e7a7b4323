// swift-tools-version: 6.0
import PackageDescription

// The map of the house: a target may import only what it names here, and arrows only go down.
// Sources/README.md walks through it room by room.

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func room(
  _ name: String, _ dependencies: [Target.Dependency] = [],
  exclude: [String] = [], plugins: [Target.PluginUsage] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: exclude,
    swiftSettings: settings, plugins: plugins)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude,
    swiftSettings: settings)
}

let package = Package(
  name: "deploy",
  targets: [
    // Floor 5: the tool.
    .executableTarget(
      name: "deploy",
      dependencies: [
        "Arguments", "Configuration", "Container", "Digests", "Execution", "Operations", "Planning",
        "Processes", "Recipes", "Remote", "SSH", "Shipping",
      ],
      swiftSettings: settings),

    // Floor 4: adapters and the loop that carries a plan out.
    .systemLibrary(name: "CLibSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
    room("SSH", ["CLibSSH2", "Digests", "Processes", "Remote"]),
    room("Execution", ["Operations", "Planning", "Processes", "Remote", "Shipping"]),
    room("Recipes", ["Configuration", "Planning"], plugins: ["EmbedPlugin"]),

    // Floor 3: one concern each, none knows the others.
    room("Remote", ["Digests", "Operations", "Planning", "Processes"]),
    room("Shipping", ["Digests", "Operations", "Planning", "Processes"]),
    room("Configuration", ["Operations", "Planning"]),
    room("Container", ["Operations", "Planning"], plugins: ["EmbedPlugin"]),

    // Floor 2: what is to be done, as values.
    room("Planning", ["Operations"]),

    // Floor 1: words and tools that know nothing of the rest.
    room("Operations", plugins: ["EmbedPlugin"]),
    room("Arguments"),
    room("Digests"),
    room("Processes", ["CGNU"]),
    .systemLibrary(name: "CGNU"),

    // At build time only: files become Swift values.
    .executableTarget(name: "Embed", swiftSettings: settings),
    .plugin(
      name: "EmbedPlugin", capability: .buildTool(), dependencies: ["Embed"],
      path: "Sources/EmbedPlugin"),

    // Tests mirror the rooms.
    .target(
      name: "TestSupport", dependencies: ["Operations", "Planning", "Processes", "Remote"],
      path: "Tests/Support",
      swiftSettings: settings),
    tests("ArgumentsTests", ["Arguments"]),
    tests("OperationsTests", ["Operations", "Planning", "Processes", "Remote", "Shipping"]),
    tests("DigestsTests", ["Digests", "Processes"]),
    tests("PlanningTests", ["Operations", "Planning", "Processes", "Remote"], exclude: ["Plans"]),
    tests("ConfigurationTests", ["Configuration", "Operations", "Planning"]),
    tests("ShippingTests", ["Digests", "Operations", "Planning", "Processes", "Shipping"]),
    tests("ExecutionTests", ["Execution", "Operations", "Planning", "Remote", "Shipping"]),
    tests("RemoteTests", ["Digests", "Operations", "Planning", "Processes", "Remote", "SSH"]),
    tests("RecipesTests", ["Configuration", "Planning", "Recipes"]),
    tests("SSHTests", ["Digests", "Processes", "Remote", "SSH"]),
    tests(
      "CommandTests",
      [
        "Arguments", "Configuration", "Execution", "Operations", "Planning", "Processes", "Remote",
        "SSH", "Shipping", "deploy",
      ]),
  ],
  swiftLanguageModes: [.v6]
)
