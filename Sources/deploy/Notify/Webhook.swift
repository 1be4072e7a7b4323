import Digests
import Glibc
import Planning
import Processes

/// One request to one address, by curl: FoundationEssentials has no HTTP, and curl knows the proxies and
/// certificates of this machine. What is secret reaches it on its standard input, not in its arguments.
struct Webhook: Sendable {
  let url: String
  let secret: String?
  let environment: [String: String]

  /// For a person. The rest of the address may be a secret.
  var host: String {
    let rest = url.split(separator: "/", maxSplits: 2).dropFirst().first ?? "?"
    return String(rest)
  }

  /// Seconds for both tries.
  static let patience = 5.0

  /// Nil when it was accepted, else why not.
  func send(_ body: String, id: String) -> String? {
    let began = ContinuousClock.now
    var reason = ""
    for limit in [3.0, Self.patience] {
      let left = limit - began.duration(to: .now) / .seconds(1)
      guard left >= 0.5 else { break }
      switch attempt(body, id: id, seconds: left) {
      case .accepted: return nil
      case .refused(let why): return why
      case .unanswered(let why): reason = why
      }
      usleep(200_000)
    }
    return reason
  }

  private enum Answer {
    case accepted
    /// The same again would be answered alike.
    case refused(String)
    case unanswered(String)
  }

  private func attempt(_ body: String, id: String, seconds: Double) -> Answer {
    let command = Command(
      ["curl", "-q", "--config", "-"], environment: surroundings,
      input: Array(configuration(body, id: id, seconds: seconds, at: time(nil)).utf8))
    guard let result = try? command.run() else { return .refused(Self.missing) }
    guard result.status != 127 else { return .refused(Self.missing) }
    let status = Int(result.text) ?? 0
    switch status {
    case 200..<300: return .accepted
    case 300..<400: return .refused("answered \(status): a redirect is not followed")
    case 429, 500...: return .unanswered("answered \(status)")
    case 1...: return .refused("answered \(status)")
    default: return .unanswered(Self.words(result.status))
    }
  }

  private static let missing = "there is no curl on this machine"

  private static func words(_ status: Int32) -> String {
    switch status {
    case 5, 6: "its name cannot be looked up"
    case 7: "cannot connect"
    case 28: "no answer in time"
    case 35, 51, 58, 60, 77: "its certificate is not trusted, or TLS failed"
    default: "curl ended with \(status)"
    }
  }

  /// In the manner of https://www.standardwebhooks.com, for which most languages have a library.
  func headers(_ body: String, id: String, at time: Int) -> [String] {
    var headers = [
      "Content-Type: application/json", "User-Agent: deploy", "webhook-id: \(id)",
      "webhook-timestamp: \(time)",
    ]
    if let secret {
      let signature = HMAC.sha256(Array("\(id).\(time).\(body)".utf8), key: Self.key(secret))
      headers.append("webhook-signature: v1,\(Base64.encode(signature))")
    }
    return headers
  }

  /// `whsec_` and base64, or any text as it is.
  private static func key(_ secret: String) -> [UInt8] {
    if secret.hasPrefix("whsec_"), let key = Base64.decode(String(secret.dropFirst(6))) {
      return key
    }
    return Array(secret.utf8)
  }

  private func configuration(_ body: String, id: String, seconds: Double, at time: Int) -> String {
    let options =
      [
        ("url", url), ("request", "POST"), ("data-raw", body), ("output", "/dev/null"),
        ("write-out", "%{http_code}"), ("max-time", "\(seconds)"), ("proto", "=http,https"),
      ] + headers(body, id: id, at: time).map { ("header", $0) }
    return "silent\ngloboff\n" + options.map { "\($0) = \(Self.quoted($1))\n" }.joined()
  }

  private static func quoted(_ text: String) -> String {
    "\""
      + text.reduce(into: "") { out, character in
        switch character {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\n": out += "\\n"
        case "\r", "\r\n": out += "\\r"
        case "\t": out += "\\t"
        default: out.append(character)
        }
      } + "\""
  }

  private var surroundings: [String: String] {
    let names = [
      "PATH", "HOME", "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
      "no_proxy", "NO_PROXY", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]
    return environment.filter { names.contains($0.key) }
  }
}
