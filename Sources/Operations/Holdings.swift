extension Operation {
  /// Lists what is in `shared/`. `declared` are the paths that the configuration names.
  public static func holdings(declared: [String]) -> Operation {
    Operation("holdings", declared, "list what is in shared/")
  }
}
