/// A command of the project, and all that a host must know to run it.
public struct HookCall: Sendable, Equatable {
  public var release: ReleaseID
  /// The command, or the script's name.
  public var label: String
  /// A file to run instead of a command.
  public var script: [UInt8]?
  /// In seconds.
  public var limit: Int
  /// Below the release.
  public var directory = "."
  /// Who runs it, when that is not the deploy user.
  public var user: String?
  public var isRequired = true
  /// JSON members for a line of the ledger, which is written when there are any.
  public var members = ""
  /// In this order: a later one of the same name wins.
  public var variables: [(name: String, value: String)] = []

  public init(_ label: String, limit: Int, in release: ReleaseID) {
    self.label = label
    self.limit = limit
    self.release = release
  }

  public static func == (left: HookCall, right: HookCall) -> Bool { left.fields == right.fields }

  fileprivate var fields: [[UInt8]] {
    var texts = [release.text, "\(limit)", label, ""]
    texts += [directory, user ?? "", isRequired ? "yes" : "no", members]
    texts += variables.map { "\($0.name)=\($0.value)" }
    var fields = texts.map { Array($0.utf8) }
    fields[3] = script ?? []
    return fields
  }

  fileprivate var words: String {
    let what = script == nil ? "`\(label.replacingNewlines)`" : "the script \(label)"
    let place = directory == "." ? "releases/\(release)" : "releases/\(release)/\(directory)"
    let actor = user.map { " as \($0)" } ?? ""
    let weight = isRequired ? "" : " (may fail)"
    return "run \(what) in \(place)\(actor)\(weight)"
  }
}

extension Operation {
  public static func hook(_ call: HookCall) -> Operation {
    Operation("hook", call.fields, call.words)
  }

  /// Runs a command in `releases/ID`, for at most `limit` seconds.
  public static func hook(_ command: String, limit: Int, in release: ReleaseID) -> Operation {
    .hook(HookCall(command, limit: limit, in: release))
  }

  /// Does nothing in its turn: the agent runs it when something after it failed.
  public static func onFailure(_ call: HookCall) -> Operation {
    let what = call.script == nil ? "`\(call.label.replacingNewlines)`" : "the script \(call.label)"
    return Operation("on_failure", call.fields, "should this fail: run \(what)")
  }
}

extension String {
  /// For a summary, which is one line.
  var replacingNewlines: String {
    String(map { $0.isNewline ? " " : $0 })
  }
}
