import Digests
import Execution
import FoundationEssentials
import Operations
import Planning
import Remote

/// One host's environment file as it was read, content included. Nothing of the content leaves this
/// process but by `env get` and by a change.
struct EnvReading {
  var snapshot: EnvSnapshot
  var mode = "-"
  var owner = "-"
  var group = "-"

  /// No framework's file is a tenth of it, and all of it passes through variables of a shell.
  static let most = 128 * 1024

  static func read(_ visit: Visit, _ file: String) async throws -> EnvReading {
    var reading = try await readOnce(visit, file)
    // A write in between is rare, and the next look sees its end.
    if reading == nil { reading = try await readOnce(visit, file) }
    guard let reading else {
      throw failure(visit, 17, "shared/\(file) changes while it is read", "run it again")
    }
    return reading
  }

  /// Nil when the bytes are not those of the digest.
  private static func readOnce(_ visit: Visit, _ file: String) async throws -> EnvReading? {
    let events = try await ask(.readEnv(file), visit)
    var reading = EnvReading(snapshot: EnvSnapshot(content: nil, digest: Operation.noEnv))
    for event in events {
      guard case .fact(let name, let words) = event else { continue }
      switch name {
      case "env-file" where words.count > 4 && words[0] == "file":
        reading.snapshot.digest = words[1]
        (reading.mode, reading.owner, reading.group) = (words[2], words[3], words[4])
        reading.snapshot.content = content(events)
      case "env-record":
        guard let text = words.first,
          let record = try? JSONDecoder().decode(EnvRecord.self, from: Data(text.utf8)),
          record.file == file
        else { continue }
        reading.snapshot.records.append(record)
      default: break
      }
    }
    reading.snapshot.records.sort { $0.version < $1.version }
    guard let content = reading.snapshot.content else { return reading }
    guard content.count <= most else {
      throw failure(
        visit, 17, "shared/\(file) has \(byteCount(content.count)), more than an environment needs",
        "look at it with `deploy ssh`")
    }
    return sha256(content) == reading.snapshot.digest ? reading : nil
  }

  static func version(_ number: Int, of visit: Visit) async throws -> [UInt8] {
    content(try await ask(.readEnvVersion(number), visit))
  }

  private static func content(_ events: [AgentEvent]) -> [UInt8] {
    events.flatMap { event -> [UInt8] in
      if case .entry(let line) = event { Escape.decode(line) ?? [] } else { [] }
    }
  }

  private static func ask(_ operation: Operations.Operation, _ visit: Visit) async throws
    -> [AgentEvent]
  {
    let answer = try await visit.session.ask(operation)
    guard answer.status != 0 else { return answer.events }
    guard let refusal = answer.refusal else {
      throw failure(visit, 12, answer.complaint ?? "it could not be read", "look with `deploy ssh`")
    }
    let text = RefusalText(refusal, root: visit.host.path, command: "deploy env list")
    throw failure(visit, refusal.exitCode, text.what, text.next)
  }

  static func failure(_ visit: Visit, _ code: Int32, _ what: String, _ next: String) -> Failure {
    Failure(
      exitCode: code, host: visit.host.name, phase: "env", what: what,
      live: "\(visit.state.liveText), unchanged", next: next)
  }
}

func sha256(_ bytes: [UInt8]) -> String { hex(SHA256.hash(bytes)) }

extension EnvContract.Example {
  init(bytes: [UInt8]) { self.init(keys: Dotenv(bytes).keys, digest: sha256(bytes)) }
}
