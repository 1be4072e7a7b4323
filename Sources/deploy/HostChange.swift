import Arguments
import Execution
import Planning

/// What push and rollback share: reach every host, plan for each, carry out, report.
struct HostChange: Sendable {
  let context: Context
  let settings: Settings
  let narrator: Narrator

  /// Visits that succeeded; any failure ends the command before a host was changed.
  func reached(_ results: [Result<Visit, Failure>]) async throws -> [Visit] {
    let failures = results.compactMap {
      if case .failure(let failure) = $0 { failure } else { nil }
    }
    let visits = results.compactMap { try? $0.get() }
    guard failures.isEmpty else {
      await leave(visits)
      throw end(failures, of: results.count, changed: 0)
    }
    return visits
  }

  /// A plan for every host, or the first reason why there is none.
  func plans(
    _ visits: [Visit], _ plan: (Visit) async throws -> Plan?
  ) async throws -> [(visit: Visit, plan: Plan)] {
    var plans: [(visit: Visit, plan: Plan)] = []
    for visit in visits {
      do {
        if let plan = try await plan(visit) { plans.append((visit, plan)) }
      } catch let error as PlanningError {
        await leave(visits)
        throw end(
          [Failure(error, host: visit.host.name, state: visit.state)], of: visits.count, changed: 0)
      } catch {
        await leave(visits)
        throw error
      }
    }
    return plans
  }

  func leave(_ visits: [Visit]) async { for visit in visits { await visit.leave() } }

  /// Prints how each host ended; throws when one ended badly.
  func conclude(_ results: [HostResult], verb: String, began: ContinuousClock.Instant) throws {
    context.console.endProgress()
    let seconds = began.duration(to: .now) / .seconds(1)
    var failures: [Failure] = []
    var changed = 0
    for result in results {
      switch result.outcome {
      case .success(.live(let release, _)):
        changed += 1
        context.console.print(
          "\(.green, "live") \(.bold, release) on \(result.host.name) (\(milliseconds(seconds)))",
          json: [
            "event": "result", "host": .string(result.host.name), "verb": .string(verb),
            "live": .string(release), "exit": 0, "seconds": .number(seconds),
          ])
      case .success(.nothingToDo):
        changed += 1
        context.console.print(
          "nothing to do on \(result.host.name): this content is live already",
          json: [
            "event": "result", "host": .string(result.host.name), "verb": .string(verb),
            "nothing_to_do": true, "exit": 0,
          ])
      case .failure(let failure): failures.append(failure)
      }
    }
    if !failures.isEmpty { throw end(failures, of: results.count, changed: changed) }
  }

  func printTimings() {
    context.console.endProgress()
    for timing in narrator.measured {
      context.console.print(
        "  \(timing.operation.padded(to: 10)) \(milliseconds(timing.seconds))  \(timing.host)",
        json: [
          "event": "timing", "host": .string(timing.host), "operation": .string(timing.operation),
          "seconds": .number(timing.seconds),
        ])
    }
  }

  /// One host's failure is the command's. With several, what matters first is that they differ, or that
  /// the outcome of one is unknown.
  private func end(_ failures: [Failure], of count: Int, changed: Int) -> any Error {
    guard count > 1 else { return failures[0] }
    for failure in failures { context.console.report(ErrorReport(failure)) }
    let isUnknown = failures.contains { $0.exitCode == 16 }
    let failed = failures.compactMap(\.host).joined(separator: ", ")
    let code: Int32 =
      context.interruption.exitCode
      ?? (isUnknown ? 16 : 15)
    if isUnknown {
      return Failure(
        exitCode: code, what: "\(failed) failed, and what is live is not known everywhere",
        live: "as each report above says; `deploy status` asks again", next: "`deploy status`")
    }
    return Failure(
      exitCode: code,
      what: changed == 0
        ? "\(failed) failed; no host was changed"
        : "\(failed) failed; \(changed) of \(count) hosts were changed",
      live: changed == 0 ? "as before on every host" : "differs between hosts; `deploy status`",
      next: changed == 0
        ? "correct it, then run it again"
        : "run it again, or `deploy rollback`")
  }
}
