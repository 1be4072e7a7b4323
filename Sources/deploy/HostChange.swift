import Arguments
import Execution
import Planning
import Remote

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

  /// Those for whom there is no plan: what was asked for is live there already.
  func idle(_ visits: [Visit], besides work: [(visit: Visit, plan: Plan)]) -> [Visit] {
    visits.filter { visit in !work.contains { $0.visit.host == visit.host } }
  }

  /// Prints how each host ended; throws when one ended badly. `back` takes it back, `drift` is what somebody
  /// changed of the live release on hosts where there was nothing to do.
  func conclude(
    _ results: [HostResult], verb: String, began: ContinuousClock.Instant, back: String? = nil,
    drift: [String: [Difference]] = [:]
  ) throws {
    context.console.endProgress()
    let seconds = began.duration(to: .now) / .seconds(1)
    var failures: [Failure] = []
    var changed = 0
    for result in results {
      switch result.outcome {
      case .success(.live(let release, let was, _)):
        changed += 1
        let before: Text = was.map { " (was \($0))" } ?? ""
        let way: Text = back.map { "; back: \(.dim, $0)" } ?? ""
        context.console.print(
          "\(.green, "live") \(.bold, release)\(before) on \(result.host.name) "
            + "(\(milliseconds(seconds)))\(way)",
          json: [
            "event": "result", "host": .string(result.host.name), "verb": .string(verb),
            "live": .string(release), "was": JSONLine(was), "exit": 0,
            "seconds": .number(seconds),
          ])
      case .success(.nothingToDo(let live)):
        tellIdle(result.host.name, live: live, verb: verb, drift: drift[result.host.name] ?? [])
      case .failure(let failure): failures.append(failure)
      }
    }
    if !failures.isEmpty { throw end(failures, of: results.count, changed: changed) }
  }

  private func tellIdle(_ host: String, live: String?, verb: String, drift: [Difference]) {
    let what = verb == "push" ? "this content" : live ?? "it"
    var words: Text = "nothing to do on \(host): \(what) is live already"
    if let first = drift.first {
      let count = drift.count == 1 ? "1 file" : "\(drift.count) files"
      words =
        words + "\n  \(.yellow, "drift")  \(count) of it changed on the server (first: \(first)); "
        + "`deploy push --force` ships a fresh release"
    }
    context.console.print(
      words,
      json: [
        "event": "result", "host": .string(host), "verb": .string(verb), "nothing_to_do": true,
        "live": JSONLine(live), "drift": .integer(drift.count), "exit": 0,
      ])
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
