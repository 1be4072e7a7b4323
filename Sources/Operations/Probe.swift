/// What a release must answer to count as healthy, as the server that runs it sees it.
public struct HealthCheck: Sendable, Equatable {
  public var url: WebAddress?
  /// For the Host header, and the certificate; the address of `url` without it.
  public var host: String?
  /// Of a server that listens on a path: a request to `url` goes there.
  public var socket: String?
  /// Statuses such as `200`, or `2xx` for all that begin so.
  public var expect = ["200"]
  /// What must be in the body. `{release}` in it, and in `header`, stands for the release's name.
  public var body: String?
  /// A whole header that must be among those of the answer.
  public var header: String?
  /// Seconds of one try, and of all of them.
  public var timeout = 5
  public var within = 30
  public var interval = 1
  /// How many tries in a row must be good.
  public var passes = 2
  /// How many redirects are followed.
  public var follow = 0
  public var command: String?
  /// Whether the server must show a file that only the new release has.
  public var seesRelease = false

  public init() {}

  /// What a person calls it.
  public var title: String {
    [url?.text, command].compactMap { $0 }.joined(separator: " and ")
  }

  /// The fields of `read_check`.
  fileprivate func fields(for release: ReleaseID) -> [String] {
    func filled(_ text: String?) -> String {
      (text ?? "").split(separator: "{release}", omittingEmptySubsequences: false)
        .joined(separator: release.text)
    }
    return [
      release.text, title, "\(timeout)", "\(within)", "\(interval)", "\(passes)",
      url?.scheme ?? "", url?.address ?? "", url?.port ?? "", url?.path ?? "", host ?? "",
      socket ?? "", "\(follow)", expect.joined(separator: " "), filled(body), filled(header),
      command ?? "", seesRelease ? "yes" : "no",
    ]
  }
}

extension Operation {
  /// Asks a live release whether it works. `logs` are globs below the release: their end is told when it
  /// does not.
  public static func probe(_ check: HealthCheck, of release: ReleaseID, logs: [String] = [])
    -> Operation
  {
    Operation(
      "probe", check.fields(for: release) + logs,
      "check health: \(check.title), \(check.passes) good in a row within \(check.within) s")
  }

  /// Asks a release that is not live yet, started for that on a port of its own.
  public static func boot(_ command: String, _ check: HealthCheck, of release: ReleaseID)
    -> Operation
  {
    Operation(
      "boot", [command] + check.fields(for: release),
      "try releases/\(release) before it goes live: `\(command)`, then \(check.url?.path ?? "/")")
  }

  /// Puts a file that only this release has where its web server shows it.
  public static func witness(_ release: ReleaseID, root: String) -> Operation {
    Operation(
      "witness", [release.text, root],
      "put a file into releases/\(release) that proves that it is served")
  }
}
