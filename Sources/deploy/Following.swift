import Execution
import Operations
import Planning
import Remote

/// For commands whose output streams: works on all hosts at once and prints each line as it comes.
struct Following: Sendable {
  let project: Project
  let context: Context

  typealias Say = @Sendable ([UInt8]) -> Void

  /// The exit status of each host. One that cannot be reached is reported and has its error's code.
  func each(
    _ work: @escaping @Sendable (Visit, @escaping Say) async throws -> Int32
  ) async throws -> [(host: String, status: Int32)] {
    let narrator = Narrator(console: context.console, hosts: project.settings.hosts.count)
    let console = context.console
    let results = await project.fleet(context, narrator: narrator).visit()
    console.endProgress()
    let hosts = project.settings.hosts
    return await withTaskGroup(of: (Int, Int32).self) { group in
      for (index, result) in results.enumerated() {
        let host = hosts[index].name
        group.addTask {
          do {
            let visit = try result.get()
            context.interruption.whenRequested { Task { await visit.session.hangUp() } }
            let status: Int32
            do {
              status = try await work(visit) { Self.print($0, from: host, on: console) }
            } catch {
              await visit.leave()
              throw error
            }
            await visit.leave()
            return (index, context.interruption.exitCode ?? status)
          } catch {
            return (index, report(error, on: hosts[index]))
          }
        }
      }
      var statuses: [(Int, Int32)] = []
      for await status in group { statuses.append(status) }
      return statuses.sorted { $0.0 < $1.0 }.map { (hosts[$0.0].name, $0.1) }
    }
  }

  /// Asks for something that streams, and returns the status of what ran on the host.
  static func listen(
    to operation: Operation, on visit: Visit, say: @escaping Say
  ) async throws -> Int32 {
    let end = FollowingEnd()
    let status = try await visit.session.follow(operation) { event in
      if case .output(let line) = event { say(line) }
      end.take(event)
    }
    if let refusal = end.refusal {
      let text = refusal.fields.joined(separator: " ")
      throw Failure(
        exitCode: 2, host: visit.host.name, phase: operation.verb,
        what: refusal.kind == "no-logs" ? "no file matches \(text)" : "\(refusal.kind) \(text)",
        live: visit.state.liveText, next: "correct `logs` in deploy.json, or look with `deploy ssh`"
      )
    }
    return end.result ?? status
  }

  private static func print(_ line: [UInt8], from host: String, on console: Console) {
    let text = Escaped.lines(of: line).first ?? ""
    console.print(
      "\(.dim, "\(host) |") \(text)",
      json: ["event": "output", "host": .string(host), "line": .string(text)])
  }

  private func report(_ error: any Error, on host: Settings.Host) -> Int32 {
    if let exit = context.interruption.exitCode { return exit }
    let failure =
      switch error {
      case let failure as Failure: failure
      case let error as RemoteError: Failure(error, host: host, phase: "run")
      default:
        Failure(
          exitCode: 1, host: host.name, what: "\(error)", live: "unchanged", next: "run it again")
      }
    context.console.report(ErrorReport(failure))
    return failure.exitCode
  }
}
