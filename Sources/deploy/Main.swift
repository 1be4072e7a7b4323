import Arguments
import Configuration
import Execution
import Glibc
import Planning
import Remote
import Shipping

@main
enum Main {
  static func main() async {
    let words = Array(CommandLine.arguments.dropFirst())
    exit(await run(words, surroundings: .current(), sink: FileSink()))
  }

  /// The whole tool as a function: words in, exit code out.
  static func run(_ words: [String], surroundings: Surroundings, sink: any Sink) async -> Int32 {
    let interruption = Interruption()
    let console = Console(surroundings: surroundings, sink: sink)
    Signals.watch(interruption) { farewell(interruption, console) }
    interruption.whenRequested {
      console.note(
        "stopping; a host that has flipped finishes by itself (once more: leave at once, then `deploy status`)"
      )
    }
    return await perform(
      words,
      in: Context(
        console: console,
        environment: surroundings.environment, directory: currentDirectory(),
        interruption: interruption))
  }

  private static func farewell(_ interruption: Interruption, _ console: Console) {
    let agents = interruption.leftBehind
    console.note(
      Text(
        agents.isEmpty
          ? "ended here" : "ended here; \(agents.joined(separator: "; ")); `deploy status` tells"))
  }

  /// One command. The demonstration performs several in a context of its own.
  static func perform(_ words: [String], in context: Context) async -> Int32 {
    // Also for a line that cannot be read: a program that asked for JSON gets nothing else.
    var console =
      asksForJSON(words)
      ? context.console.with(mode: .json, detail: context.console.detail) : context.console
    do throws(any Error) {
      switch try Commands.table.request(words) {
      case .help(let topic):
        console.print(Text(Commands.table.help(topic, width: console.width)))
      case .run(let command, let invocation):
        console = console.with(
          mode: invocation[CommonOptions.json] ? .json : console.mode, detail: detail(invocation))
        var context = context
        context.console = console
        try await command.action(invocation, context)
      }
      await context.aftermath.begin(Aftermath.Ending(exitCode: 0))
      return 0
    } catch {
      console.endProgress()
      let ending = report(error, on: console)
      await context.aftermath.begin(ending)
      return ending.exitCode
    }
  }

  private static func asksForJSON(_ words: [String]) -> Bool {
    words.prefix { $0 != "--" }.contains("--json")
  }

  private static func detail(_ invocation: Invocation) -> Console.Detail {
    if invocation[CommonOptions.quiet] { return .quiet }
    return invocation[CommonOptions.verbose] ? .verbose : .normal
  }

  /// Every error of every layer comes to the same four lines here.
  private static func report(_ error: any Error, on console: Console) -> Aftermath.Ending {
    let report: ErrorReport
    switch error {
    case let ended as Ended:
      return Aftermath.Ending(exitCode: ended.exitCode)
    case let failure as Failure:
      report = ErrorReport(failure)
    case let error as UsageError:
      report = ErrorReport(
        code: 2, message: error.description, live: "unchanged",
        next: error.next ?? "`deploy help` explains every command and option")
    case let error as ConfigurationError:
      report = ErrorReport(
        code: 2, message: error.description, live: "unchanged; nothing was sent",
        next: "correct it, then run it again (`deploy schema` lists every key)")
    case let error as ShippingError:
      report = ErrorReport(
        code: error.exitCode, message: error.description, live: "unchanged; nothing was sent",
        next: error.next)
    case let error as PromptError:
      report = ErrorReport(
        code: error == .interrupted ? 130 : 17, message: error.description,
        live: "unchanged; nothing was sent",
        next: "run it on a terminal, or with --yes when the answer is yes")
    case let error as RemoteError:
      report = ErrorReport(
        code: error.exitCode, message: error.words, live: "unchanged", next: "run it again")
    default:
      report = ErrorReport(code: 1, message: "\(error)", live: "unchanged", next: "run it again")
    }
    console.report(report)
    return Aftermath.Ending(exitCode: report.code, message: report.message)
  }
}

extension ErrorReport {
  init(_ failure: Failure) {
    let place = [failure.host.map { "host \($0)" }, failure.phase].compactMap { $0 }
    let lines = failure.lines.map { "\n| \($0)" }.joined()
    self.init(
      code: failure.exitCode,
      message: (place.isEmpty ? "" : place.joined(separator: ", ") + ": ") + failure.what + lines,
      live: failure.live, kept: failure.kept, next: failure.next)
  }
}

func currentDirectory() -> String {
  guard let path = getcwd(nil, 0) else { return "." }
  defer { free(path) }
  return String(cString: path)
}
