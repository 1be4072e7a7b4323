/// How a service is told of a flip.
public enum ServiceMethod: Sendable, Equatable {
  case words([String])
  /// To the process whose number a file holds.
  case signal(String, file: String)
  /// Through FastCGI, at `unix:/path` or `host:port`.
  case resetOpcache(String)
}

public struct ServiceCall: Sendable, Equatable {
  public var label: String
  public var method: ServiceMethod
  public var needsRoot: Bool
  public var isRequired: Bool
  public var limit: Int

  public init(
    _ label: String, by method: ServiceMethod, needsRoot: Bool = false, isRequired: Bool = true,
    limit: Int = 60
  ) {
    self.label = label
    self.method = method
    self.needsRoot = needsRoot
    self.isRequired = isRequired
    self.limit = limit
  }
}

extension Operation {
  /// Tells a service that `current` leads elsewhere. The agent does so once more when it goes back.
  public static func service(_ call: ServiceCall) -> Operation {
    let words =
      switch call.method {
      case .words(let words): ["words"] + words
      case .signal(let signal, let file): ["signal", signal, file]
      case .resetOpcache(let address): ["opcache", address]
      }
    let flags = [call.isRequired, call.needsRoot].map { $0 ? "yes" : "no" }
    return Operation(
      "service", ["\(call.limit)", call.label] + flags + words,
      call.label + (call.isRequired ? "" : " (may fail)"))
  }

  /// Whether the deploy user may run a command as root without a password.
  public static func privilege(_ words: [String]) -> Operation {
    Operation("privilege", words, "ask sudo for `\(words.joined(separator: " "))`")
  }
}
