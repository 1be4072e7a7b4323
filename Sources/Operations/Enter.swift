/// What a session enters a host for.
public enum Purpose: String, Sendable {
  case change
  /// To take over what another tool laid out: a `current` that is a directory is no reason to
  /// refuse, and what is live is not for the ledger to have known.
  case adoption
}

extension Operation {
  /// Begins a change: layout, lock, mended journal, swept leftovers, and a look whether what the plan
  /// was made from still holds.
  ///
  /// `holder` tells whoever finds the lock taken who has it; `fragment` is JSON
  /// members that every ledger line of this session carries.
  public static func enter(
    wait: Int, current: String, head: String, holder: String, fragment: String,
    purpose: Purpose = .change
  ) -> Operation {
    Operation(
      "enter", ["\(wait)", current, head, holder, fragment, purpose.rawValue],
      "take the lock, mend what a dead session left")
  }
}
