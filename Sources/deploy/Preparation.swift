import Execution
import Glibc
import Planning
import Shipping

/// Tells how the source is read and built, and ends a build when a person wants to stop.
final class Preparation {
  private let console: Console
  private let interruption: Interruption
  private var build: (began: ContinuousClock.Instant, end: Interruption.Registration)?

  init(_ context: Context) {
    console = context.console
    interruption = context.interruption
  }

  /// A commit is told when it is found.
  func begin(_ source: Settings.Source) {
    switch source {
    case .git: break
    case .directory(let path):
      console.emit(["event": "source", "kind": "directory", "path": .string(path)])
    case .artifact(let path):
      console.emit(["event": "source", "kind": "artifact", "path": .string(path)])
    }
  }

  func tell(_ event: PreparationEvent) {
    switch event {
    case .resolved(let ref, let commit, let subject):
      console.note("source: git \(ref) \(commit.prefix(12)) \(subject)")
      console.emit([
        "event": "source", "kind": "git", "ref": .string(ref), "commit": .string(commit),
        "subject": .string(subject),
      ])
    case .uncommittedChanges:
      console.warn("the checkout has uncommitted changes; they are not shipped")
    case .buildStarted(let command, let group):
      console.progress("build: \(command)", isNew: true)
      console.emit(["event": "build", "command": .string(command)])
      // The build leads a session of its own, so that a terminal's Ctrl-C does not tear it from
      // under us: it is ended here instead.
      build = (.now, interruption.whenRequested { kill(-group, SIGTERM) })
    case .buildPrinted(let line):
      if console.detail == .verbose { console.relay(line, from: "build") }
      console.emit(["event": "output", "build": true, "line": .string(Escaped(line).text)])
    case .buildEnded:
      if let build { interruption.forget(build.end) }
    case .buildFinished(let command):
      let seconds = build.map { $0.began.duration(to: .now) / .seconds(1) } ?? 0
      console.note("built: \(command) (\(milliseconds(seconds)))")
      console.emit([
        "event": "built", "command": .string(command), "seconds": .number(seconds),
      ])
    }
  }
}
