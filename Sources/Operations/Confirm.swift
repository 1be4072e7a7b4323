extension Operation {
  /// All hosts stay, or all go back.
  public static var confirm: Operation {
    Operation("confirm", [String](), "wait until every host works; go back if one does not")
  }
}
