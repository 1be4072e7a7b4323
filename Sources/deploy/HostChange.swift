import Arguments
import Execution
import Planning
import Remote

/// What push and rollback share: reach every host, plan for each, carry out, report.
struct HostChange: Sendable {
  let context: Context
  let settings: Settings
  let narrator: Narrator
  let tally = Tally()

  /// Visits that succeeded. A failure ends the command before a host was changed, unless
  /// `rollout.unreachable` says to go on with the others; then it is told now and at the end.
  func reached(_ results: [Result<Visit, Failure>]) async throws -> Reached {
    let failures = results.compactMap {
      if case .failure(let failure) = $0 { failure } else { nil }
    }
    let visits = results.compactMap { try? $0.get() }
    let isGoingOn = settings.rollout.skipsUnreachable && !visits.isEmpty
    guard failures.isEmpty || isGoingOn else {
      await leave(visits)
      throw HostsEnding(failures: failures, count: results.count).error(context)
    }
    for failure in failures {
      context.console.warn("\(failure.host ?? "a host") is left out: \(failure.what)")
    }
    return Reached(visits: visits, leftOut: failures)
  }

  struct Reached {
    let visits: [Visit]
    let leftOut: [Failure]
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
        throw HostsEnding(
          failures: [Failure(error, host: visit.host.name, state: visit.state)],
          count: visits.count
        ).error(context)
      } catch {
        await leave(visits)
        throw error
      }
    }
    return plans
  }

  func leave(_ visits: [Visit]) async {
    for visit in visits {
      let began = ContinuousClock.now
      await visit.leave()
      narrator.measured(Phase("close", from: began), host: visit.host.name)
    }
  }

  /// Those for whom there is no plan: what was asked for is live there already.
  func idle(_ visits: [Visit], besides work: [(visit: Visit, plan: Plan)]) -> [Visit] {
    visits.filter { visit in !work.contains { $0.visit.host == visit.host } }
  }

  /// Prints how each host ended; throws when one ended badly. `back` takes it back, `drift` is what somebody
  /// changed of the live release on hosts where there was nothing to do.
  func conclude(
    _ results: [HostResult], leftOut: [Failure] = [], verb: String,
    began: ContinuousClock.Instant, back: String? = nil, drift: [String: [Difference]] = [:]
  ) throws {
    context.console.endProgress()
    let seconds = began.duration(to: .now) / .seconds(1)
    var failures = leftOut
    var live: [(host: String, release: String?)] = []
    for result in results {
      switch result.outcome {
      case .success(.live(let release, let was, _)):
        live.append((result.host.name, release))
        tally.note(Tally.Host(name: result.host.name, exitCode: 0, live: release, was: was))
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
      case .success(.nothingToDo(let release)):
        live.append((result.host.name, release))
        tally.note(Tally.Host(name: result.host.name, exitCode: 0, live: release), isIdle: true)
        tellIdle(result.host.name, live: release, verb: verb, drift: drift[result.host.name] ?? [])
      case .failure(let failure): failures.append(failure)
      }
    }
    for failure in failures {
      tally.note(Tally.Host(name: failure.host ?? "", exitCode: failure.exitCode))
    }
    StepSummary(context.environment)?.add(
      "deploy \(verb) to \(settings.stage)",
      rows: live.map { ($0.host, "ok", $0.release ?? "") }
        + failures.map { ($0.host ?? "", "failed (\($0.exitCode))", $0.live) })
    guard failures.isEmpty else {
      throw HostsEnding(failures: failures, live: live, count: results.count + leftOut.count)
        .error(context)
    }
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
    let waterfall = narrator.waterfall
    for event in waterfall.events { context.console.emit(event) }
    guard context.console.mode == .text else { return }
    for line in waterfall.lines(width: context.console.edge(of: .results)) {
      context.console.print(line)
    }
  }
}
