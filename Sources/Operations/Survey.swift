extension Operation {
  /// Reads what a planner must know. `shared` are the paths whose kind under `shared/` matters.
  public static func survey(shared: [String]) -> Operation {
    Operation("survey", shared, "look at the host")
  }
}
