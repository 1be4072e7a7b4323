internal import Digests

/// The `%` tokens of ssh_config that paths and proxy commands may hold.
struct Tokens {
  let host: String
  let hostName: String
  let port: Int
  let user: String
  let knownAs: String
  let jump: String

  /// An unknown token stays as it is written.
  func expand(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let character = rest.popFirst() {
      guard character == "%", let token = rest.popFirst() else {
        result.append(character)
        continue
      }
      result += value(of: token) ?? "%\(token)"
    }
    return result
  }

  private func value(of token: Character) -> String? {
    switch token {
    case "%": "%"
    case "h": hostName
    case "n": host
    case "p": String(port)
    case "r": user
    case "d": Local.home
    case "u": Local.user
    case "i": String(Local.userNumber)
    case "l": Local.hostName
    case "L": Local.hostName.split(separator: ".").first.map(String.init) ?? ""
    case "k": knownAs
    case "j": jump
    case "C": hex(SHA1.hash(Array((Local.hostName + hostName + String(port) + user + jump).utf8)))
    default: nil
    }
  }
}
