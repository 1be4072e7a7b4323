/// Who asks, from where: what the ledger and the lock say of a change.
public struct Requester: Sendable, Equatable {
  public var actor: String
  public var client: String

  public init(actor: String, client: String) {
    self.actor = actor
    self.client = client
  }

  func holder(_ verb: String, _ release: String) -> String {
    "\(actor)@\(client): \(verb) \(release)"
  }

  func fragment(_ verb: String) -> String {
    LedgerMembers.text(["verb": verb, "actor": actor, "client": client])
  }
}
