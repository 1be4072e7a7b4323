extension Operation {
  /// Reads what a planner must know. `shared` are the paths whose kind under `shared/` matters.
  /// Of the environment file it tells names, and values of `debugKeys` alone.
  public static func survey(
    shared: [String], env: String = ".env", debugKeys: [String] = []
  ) -> Operation {
    Operation(
      "survey", [env, debugKeys.joined(separator: " ")] + shared, "look at the host")
  }
}
