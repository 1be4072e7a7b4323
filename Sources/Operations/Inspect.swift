extension Operation {
  /// Looks at everything that could keep a deploy from working.
  public static var inspect: Operation { Operation("inspect", [String](), "inspect the host") }
}
