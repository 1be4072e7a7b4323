import Glibc
import Synchronization

/// The tool's voice: results on standard output, everything else on standard errors.
///
/// Whole lines are written under one lock, so that hosts that work side by side never mix within a
/// line. In JSON mode standard output holds events, one a line, and nothing else.
final class Console: Sendable {
  enum Mode: Sendable, Equatable {
    case text
    case json
  }

  enum Detail: Int, Sendable, Comparable {
    case quiet
    case normal
    case verbose

    static func < (left: Detail, right: Detail) -> Bool { left.rawValue < right.rawValue }
  }

  let surroundings: Surroundings
  let mode: Mode
  let detail: Detail
  /// Without the secrets that are known.
  private let sink: any Sink
  private let concealed: Concealed
  /// For what was asked for by name.
  private let unmasked: any Sink
  private let now: @Sendable () -> ContinuousClock.Instant
  private let live: SharedLine

  init(
    mode: Mode = .text, detail: Detail = .normal, surroundings: Surroundings = .current(),
    sink: any Sink = FileSink(),
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.mode = mode
    self.detail = detail
    self.surroundings = surroundings
    let concealed = Concealed(Mask(environment: surroundings.environment))
    self.concealed = concealed
    unmasked = sink
    self.sink = MaskingSink(sink: sink, concealed: concealed)
    self.now = now
    live = SharedLine(LiveLine(rewrites: surroundings.canRewriteLines, started: now()))
  }

  private init(_ other: Console, mode: Mode, detail: Detail) {
    self.mode = mode
    self.detail = detail
    surroundings = other.surroundings
    sink = other.sink
    unmasked = other.unmasked
    concealed = other.concealed
    now = other.now
    live = other.live
  }

  /// The one line at the bottom of a terminal belongs to all consoles that write there: each has to take it
  /// away before it writes.
  private final class SharedLine: Sendable {
    let line: Mutex<LiveLine>

    init(_ line: consuming LiveLine) { self.line = Mutex(line) }
  }

  /// The same place to write to, in another manner.
  func with(mode: Mode, detail: Detail) -> Console {
    Console(self, mode: mode, detail: detail)
  }

  /// Further secrets, which no console that writes there shows from now on.
  func conceal(_ secrets: [String]) { concealed.add(secrets) }

  /// A text for somebody else, without the secrets.
  func masked(_ text: String) -> String {
    String(decoding: concealed.mask.applied(to: Array(text.utf8)), as: UTF8.self)
  }

  var width: Int { surroundings.width }

  /// Where lines end. A file or a pipe has no edge: what reads it, or a person later, wants whole lines.
  func edge(of stream: Stream) -> Int { surroundings.isTerminal(stream) ? width : .max }

  /// A result: what the command was asked for.
  func print(_ text: Text) { write(text, to: .results) }

  /// A result in the form that was asked for. Only that form is made.
  func print(_ text: @autoclosure () -> Text, json: @autoclosure () -> JSONLine) {
    switch mode {
    case .text: print(text())
    case .json: emit(json())
    }
  }

  /// A result as bytes, for a program that reads them. A terminal gets them escaped.
  func print(raw bytes: [UInt8]) {
    guard !surroundings.resultsAreTerminal else {
      return print(Text(String(decoding: bytes, as: UTF8.self)))
    }
    live.line.withLock { line in
      let clearing = line.interrupt()
      if !clearing.isEmpty { sink.write(Array(clearing.utf8), to: .reports) }
      unmasked.write(bytes + [UInt8(ascii: "\n")], to: .results)
    }
  }

  /// An event for programs; people do not see it.
  func emit(_ event: @autoclosure () -> JSONLine) {
    guard mode == .json else { return }
    write(lines: [event().text], to: .results)
  }

  /// How it goes.
  func note(_ text: @autoclosure () -> Text) { if speaks(at: .normal) { report(text()) } }

  /// For those who asked for more.
  func explain(_ text: @autoclosure () -> Text) { if speaks(at: .verbose) { report(text()) } }

  /// Shown however quiet it is meant to be.
  func warn(_ text: Text) {
    switch mode {
    case .text: report("\(.yellow, "warning:") " + text)
    case .json: emit(["event": "warning", "message": .string(text.plain)])
    }
  }

  /// What a program printed on a host, each line led by the host's name.
  func relay(_ bytes: some Sequence<UInt8>, from host: String) {
    guard speaks(at: .normal) else { return }
    for line in Escaped.lines(of: bytes) { report("\(.dim, "\(host) |") \(line)") }
  }

  var canFold: Bool { mode == .text && dialect != .plain && speaks(at: .normal) }

  /// What follows is folded away by a CI system that can, until the fold is closed.
  func openFold(_ title: String) {
    guard let fold = fold(Escaped(title).text) else { return }
    write(lines: [fold.opening], to: .reports)
  }

  func closeFold() {
    guard let fold = fold("") else { return }
    write(lines: [fold.closing], to: .reports)
  }

  private func fold(_ title: String) -> (opening: String, closing: String)? {
    dialect.fold(title, name: "deploy_hook", seconds: time(nil))
  }

  private var dialect: CIDialect { CIDialect(environment: surroundings.environment) }

  func report(_ error: ErrorReport) {
    switch mode {
    case .text:
      report(error.text(width: edge(of: .reports)))
      if let line = dialect.annotation(of: error) { write(lines: [line], to: .results) }
    case .json: emit(error.json)
    }
  }

  /// The state of something long, again and again as it changes.
  ///
  /// On a terminal it is one line that is rewritten in place. Elsewhere it is a plain line every
  /// ten seconds, so that a log shows life and a CI system does not end a silent job.
  func progress(_ text: @autoclosure () -> Text, isNew: Bool = false) {
    guard speaks(at: .normal) else { return }
    live.line.withLock { line in
      guard line.isDue(now(), isNew: isNew) else { return }
      let bytes = line.draw(
        text(), width: width, styled: surroundings.hasStyles(.reports))
      sink.write(Array(bytes.utf8), to: .reports)
    }
  }

  /// Takes the live line away; the next ``progress(_:)`` draws at once.
  func endProgress() {
    live.line.withLock { line in
      let clearing = line.clear(now())
      if !clearing.isEmpty { sink.write(Array(clearing.utf8), to: .reports) }
    }
  }

  private func speaks(at level: Detail) -> Bool { mode == .text && detail >= level }

  private func report(_ text: Text) { write(text, to: .reports) }

  private func write(_ text: Text, to stream: Stream) {
    write(lines: text.lines(styled: surroundings.hasStyles(stream)), to: stream)
  }

  private func write(lines: [String], to stream: Stream) {
    let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
    live.line.withLock { line in
      let clearing = line.interrupt()
      if !clearing.isEmpty { sink.write(Array(clearing.utf8), to: .reports) }
      sink.write(bytes, to: stream)
    }
  }
}
