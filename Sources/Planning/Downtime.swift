/// That a host is down for maintenance, as it was recorded there.
public struct Downtime: Sendable, Equatable, Codable {
  /// In UTC.
  public var at: String
  public var actor: String?
  public var message: String?
  /// Seconds that a visitor is asked to wait.
  public var retryAfter: Int
  /// When it was expected to be over: seconds since 1970 by the host's clock.
  public var until: Int?

  public init(
    at: String = "", actor: String? = nil, message: String? = nil, retryAfter: Int = 60,
    until: Int? = nil
  ) {
    self.at = at
    self.actor = actor
    self.message = message
    self.retryAfter = retryAfter
    self.until = until
  }

  /// Of a record that cannot be read. That it is there is what counts.
  public static let unreadable = Downtime()

  /// `since 2026-11-21T10:00:00Z by anna: the database moves`, and how it stands with the time that was asked for.
  public func text(at clock: Int) -> String {
    var text = at.isEmpty ? "its record cannot be read" : "since \(at)"
    if let actor { text += " by \(actor)" }
    if let until {
      let minutes = (abs(until - clock) + 59) / 60
      text +=
        until >= clock ? ", for \(minutes) min more" : ", \(minutes) min longer than was expected"
    }
    if let message { text += ": \(message)" }
    return text
  }

  /// JSON members for the record on the host.
  var members: String {
    let words = LedgerMembers.text(["actor": actor, "message": message])
    let numbers = #""retryAfter":\#(retryAfter)"# + (until.map { #","until":\#($0)"# } ?? "")
    return (words.isEmpty ? "" : words + ",") + numbers
  }

  /// For hooks, which tell the framework.
  var variables: [(name: String, value: String)] {
    [("DEPLOY_MESSAGE", message ?? ""), ("DEPLOY_RETRY_AFTER", "\(retryAfter)")]
  }

  /// What the web server shows: complete in itself, because nothing of a release may be asked for.
  var page: [UInt8] {
    let words = Self.escaped(message ?? "This site is being worked on and will be back soon.")
    return Array(
      """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <meta name="robots" content="noindex">
      <meta http-equiv="refresh" content="\(retryAfter)">
      <title>Down for maintenance</title>
      <style>body { font: 1.2em/1.5 system-ui, sans-serif; margin: 20vh auto; max-width: 32em; padding: 0 1em }</style>
      <h1>Down for maintenance</h1>
      <p>\(words)</p>
      </html>

      """.utf8)
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { out, character in
      switch character {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      default: out.append(character)
      }
    }
  }
}
