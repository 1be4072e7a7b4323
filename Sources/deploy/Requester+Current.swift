import Glibc
import Planning

extension Requester {
  /// The person or job at work here, by what the machine and CI say of them.
  static func current(_ environment: [String: String]) -> Requester {
    let actor =
      environment["DEPLOY_ACTOR"] ?? environment["GITHUB_ACTOR"] ?? environment["GITLAB_USER_LOGIN"]
      ?? environment["USER"] ?? userName() ?? "uid \(getuid())"
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let client = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return Requester(actor: actor, client: client)
  }

  private static func userName() -> String? {
    getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) }
  }
}
