import Execution
import Planning
import Remote
import Shipping
import Synchronization

/// Tells what happens on the hosts: a live line on a terminal, lines elsewhere, events in JSON.
final class Narrator: Sendable {
  private let console: Console
  private let hosts: Int
  private let upload = Mutex(UploadProgress())
  private let steps = Mutex<[Waterfall.Step]>([])
  private let began = ContinuousClock.now

  init(console: Console, hosts: Int) {
    self.console = console
    self.hosts = hosts
  }

  /// Where a CI system can fold it, output is shown: folds of several hosts would tangle.
  private var folds: Bool { hosts == 1 && console.canFold }

  var waterfall: Waterfall { Waterfall(steps: steps.withLock(\.self), began: began) }

  /// Something that this machine did; with a host, for that one.
  @Sendable
  func measured(_ phase: Phase, host: String? = nil) {
    steps.withLock { $0.append(Waterfall.Step(host: host, phase: phase)) }
  }

  @Sendable
  func tell(_ event: Event) {
    if case .surveyed(let state) = event.kind { console.conceal(state.env?.secrets.values ?? []) }
    emit(event)
    let host = event.host
    switch event.kind {
    case .connected: console.progress("\(host): connected")
    case .surveyed(let state): console.explain("\(host): live is \(state.liveText)")
    case .began(let operation, let summary):
      console.progress("\(host): \(summary)", isNew: true)
      if folds, operation == "hook" { console.openFold("\(host): \(summary)") }
    case .ended(let operation, let seconds):
      if folds, operation == "hook" { console.closeFold() }
      measured(
        Phase(operation, from: ContinuousClock.now.advanced(by: .seconds(-seconds))), host: host)
      console.explain("\(host): \(operation) \(milliseconds(seconds))")
    case .passed(let phase): measured(phase, host: host)
    case .sent(let shipped): tellProgress(of: host, shipped)
    case .output(let bytes):
      // Folded while all goes well: a failure shows the last lines anyway.
      if console.detail == .verbose || folds { console.relay(bytes, from: host) }
    case .note(let text): console.note("\(host): \(text)")
    case .waiting: console.note("\(host): another session holds the lock; waiting for it")
    case .sendingAll(let why): console.explain("\(host): everything is sent: \(why)")
    case .replanned: console.note("\(host): changed since it was surveyed; planned anew")
    case .point(let name): console.print(Text("point \(name)"))
    }
  }

  private func tellProgress(of host: String, _ shipped: Shipped) {
    console.progress(
      upload.withLock { upload in
        upload.note(shipped, of: host, at: .now)
        return Text(upload.words(width: console.width))
      })
  }

  private func emit(_ event: Event) {
    switch event.kind {
    case .connected: console.emit(["event": "connected", "host": .string(event.host)])
    case .surveyed(let state):
      console.emit([
        "event": "surveyed", "host": .string(event.host), "live": JSONLine(state.liveName),
        "sequence": JSONLine(state.live?.sequence),
      ])
    case .began(let operation, let summary):
      console.emit([
        "event": "began", "host": .string(event.host), "operation": .string(operation),
        "summary": .string(summary),
      ])
    case .ended(let operation, let seconds):
      console.emit([
        "event": "ended", "host": .string(event.host), "operation": .string(operation),
        "seconds": .number(seconds),
      ])
    case .output(let bytes):
      console.emit([
        "event": "output", "host": .string(event.host), "line": .string(Escaped(bytes).text),
      ])
    case .note(let text):
      console.emit(["event": "note", "host": .string(event.host), "message": .string(text)])
    case .waiting: console.emit(["event": "waiting", "host": .string(event.host)])
    case .replanned: console.emit(["event": "replanned", "host": .string(event.host)])
    case .sendingAll(let why):
      console.emit(["event": "sending_all", "host": .string(event.host), "why": .string(why)])
    case .passed, .sent, .point: break
    }
  }
}

func byteCount(_ bytes: Int) -> String {
  if bytes < 1000 { return "\(bytes) B" }
  if bytes < 1_000_000 { return "\(bytes / 1000) kB" }
  return "\(bytes / 1_000_000).\(bytes / 100_000 % 10) MB"
}

func milliseconds(_ seconds: Double) -> String {
  seconds < 10 ? "\(Int(seconds * 1000)) ms" : "\(Int(seconds)) s"
}
