extension Operation {
  /// Exchanges the top-level entries of `shared/` for those that were received. `registry` are paths that
  /// were harvested where the backup comes from.
  public static func restore(_ label: String, registry: [String]) -> Operation {
    let book = registry.map { Escape.encode($0.utf8) + "\n" }.joined()
    return Operation(
      "restore", [label, book],
      "exchange what is in shared/, entry by entry; what was there is kept")
  }
}
