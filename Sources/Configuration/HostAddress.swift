/// A host in its short form: `host`, `user@host`, `user@host:port`.
struct HostAddress: Equatable {
  var user: String?
  var name: String
  var port: Int?

  init?(_ text: String) {
    var rest = text[...]
    if let at = rest.firstIndex(of: "@") {
      guard Letters.isName(rest[..<at]) else { return nil }
      user = String(rest[..<at])
      rest = rest[rest.index(after: at)...]
    }
    if let colon = rest.firstIndex(of: ":") {
      let digits = rest[rest.index(after: colon)...]
      // Int would also take "+22" and "022".
      guard let number = Int(digits), (1...65_535).contains(number), String(number) == digits
      else { return nil }
      port = number
      rest = rest[..<colon]
    }
    guard Letters.isName(rest) else { return nil }
    name = String(rest)
  }
}
