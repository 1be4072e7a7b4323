extension Operation {
  /// Puts everything back as `.deploy/adoption` says it was.
  public static var unadopt: Operation {
    Operation("unadopt", [String](), "put everything back as .deploy/adoption says it was")
  }
}
