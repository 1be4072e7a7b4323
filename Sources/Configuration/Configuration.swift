public import Planning

/// A project's deploy.json, read and held against the table; settings come out of it by stage.
public struct Configuration: Sendable {
  /// As given, for messages.
  public let file: String
  /// In the order of the file; a file without stages has one, named "default".
  public let stageNames: [String]
  public let warnings: [ConfigurationWarning]

  private let root: Node
  private let folder: Folder
  private let environment: [String: String]

  /// The environment is asked for `HOME` and `DEPLOY_SSH_CONFIG`.
  public init(file: String, environment: [String: String]) throws(ConfigurationError) {
    let bytes = try ConfigurationFile.read(file)
    try self.init(bytes, file: file, environment: environment)
  }

  init(_ bytes: [UInt8], file: String, environment: [String: String]) throws(ConfigurationError) {
    root = try Reader.read(bytes, file: file)
    try Check.object(root, in: .top)
    try Roles.check(root)
    self.file = file
    self.environment = environment
    folder = Folder(of: file, home: environment["HOME"])
    warnings = ConfigurationFile.warnings(file)
    let stages = root["stages"]?.members.map(\.name) ?? []
    stageNames = stages.isEmpty ? ["default"] : stages
    if let preferred = root["default_stage"], let name = preferred.string,
      !stageNames.contains(name)
    {
      throw .wrongValue(
        preferred.location, key: "default_stage", found: "\"\(name)\"",
        expected: "a stage: \(stageNames.joined(separator: ", "))")
    }
  }

  /// Reads a file and makes the settings of one stage.
  public static func load(
    file: String, stage: String? = nil, recipeLookup: RecipeLookup, overrides: [Override] = [],
    environment: [String: String]
  ) throws(ConfigurationError) -> Settings {
    let configuration = try Configuration(file: file, environment: environment)
    return try configuration.settings(
      stage: stage, recipeLookup: recipeLookup, overrides: overrides)
  }

  /// The settings of a stage: recipe, file, stage, host and flags laid over each other. What only looks at
  /// a container needs no host.
  public func settings(
    stage: String? = nil, recipeLookup: RecipeLookup, overrides: [Override] = [],
    needsHosts: Bool = true
  ) throws(ConfigurationError) -> Settings {
    let name = try stageName(stage)
    let flags = try Override.layer(overrides)
    let top = root.only(Schema.keys(in: .stage).map(\.name))
    let own = Layers.merge([top, root["stages"]?[name], flags])

    let reading = SettingsReading(file: file, folder: folder, environment: environment)
    let source = reading.source(own["source"])
    let project = reading.project(of: source)
    let recipe = try recipe(own["recipe"], project: project, recipeLookup)
    let merged = Layers.merge([recipe?.node, own])

    try reading.checkHealth(merged)
    try reading.checkServices(merged)

    var settings = Settings()
    settings.app = try reading.app(root["app"], project: project)
    settings.stage = name
    settings.recipe = recipe?.name
    settings.source = source
    reading.read(merged, into: &settings)
    if needsHosts { settings.hosts = try reading.hosts(merged, flags: flags, stage: name) }
    return settings
  }

  private func stageName(_ asked: String?) throws(ConfigurationError) -> String {
    if let asked {
      guard stageNames.contains(asked) else {
        throw .unknownStage(
          file: file, name: asked, stages: root["stages"]?.members.map(\.name) ?? [])
      }
      return asked
    }
    if let preferred = root["default_stage"]?.string { return preferred }
    guard stageNames.count == 1 else { throw .stageNeeded(file: file, stages: stageNames) }
    return stageNames[0]
  }

  private func recipe(
    _ node: Node?, project: String, _ lookup: RecipeLookup
  ) throws(ConfigurationError) -> RecipeLayer? {
    guard let node, let name = node.string else {
      return try lookup(.detected(in: project, file: file))
    }
    if name == "none" { return nil }
    // Names of recipes hold no slash; what ends in .json is meant as a file.
    if name.contains("/") || name.hasSuffix(".json") {
      return try lookup(.file(folder.resolve(name), at: node.location, in: project))
    }
    return try lookup(.named(name, at: node.location, in: project))
  }
}
