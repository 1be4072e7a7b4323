extension Operation {
  /// Finds what is scheduled or kept running with a path below the application.
  public static func jobs(prefix: String = "") -> Operation {
    Operation("jobs", [prefix], "look at crontabs, units and programs of supervisor")
  }
}
