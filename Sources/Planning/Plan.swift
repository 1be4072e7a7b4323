public import Operations

/// What will be done on one host, as a value: printed by `deploy plan`, compared by tests, carried
/// out by Execution. Nobody decides anything after this.
public struct Plan: Sendable, Equatable {
  /// `push 20261120-173310 to web1:/var/www/shop`
  public var title: String
  /// What a person types for it: `deploy push`.
  public var command: String
  public var phases: [Phase]
  /// What a person should know and nobody needs to decide.
  public var notes: [String]

  public init(title: String, command: String, phases: [Phase], notes: [String] = []) {
    self.title = title
    self.command = command
    self.phases = phases.filter { !$0.operations.isEmpty }
    self.notes = notes
  }

  public struct Phase: Sendable, Equatable {
    public var name: Name
    public var operations: [Operation]

    public init(_ name: Name, _ operations: [Operation]) {
      self.name = name
      self.operations = operations
    }

    /// Between `prepare` and `activate` hosts wait for each other: none flips before all are prepared.
    public enum Name: String, Sendable {
      case begin
      case transfer
      case prepare
      case activate
      case finish
    }
  }

  public var operations: [Operation] { phases.flatMap(\.operations) }

  public var takesPayload: Bool { operations.contains(where: \.takesPayload) }
}

extension Plan {
  /// For people and for the golden files, which are documentation too.
  public var text: String {
    var lines = [title]
    var number = 0
    for phase in phases {
      lines.append("  \(phase.name.rawValue)")
      for operation in phase.operations {
        number += 1
        let padded = number < 10 ? " \(number)" : "\(number)"
        lines.append("    \(padded)  \(operation.summary)")
      }
    }
    for note in notes { lines.append("  note: \(note)") }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Plan {
  /// The manifest of which the new tree is made, on the host and here.
  public var baseDigest: String? {
    operations.first { $0.verb == "stand" }.map { String(decoding: $0.fields[1], as: UTF8.self) }
  }

  /// The release that the plan makes live.
  public var flipTarget: String? {
    operations.first { $0.verb == "flip" }?.fields.first.map { String(decoding: $0, as: UTF8.self) }
  }
}
