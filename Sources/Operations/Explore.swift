extension Operation {
  /// Reads what an adoption must know beyond the survey.
  public static func explore(shared: [String]) -> Operation {
    Operation("explore", shared, "look for releases and content of other tools")
  }
}
