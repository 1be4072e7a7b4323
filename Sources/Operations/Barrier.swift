extension Operation {
  /// Waits until every other host of the stage is prepared too.
  public static var barrier: Operation {
    Operation("barrier", [String](), "wait until every host is prepared")
  }
}
