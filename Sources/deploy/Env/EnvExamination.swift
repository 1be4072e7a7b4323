import Arguments
import Execution
import FoundationEssentials
import Planning

/// Judges a host's environment file, for `deploy check` and `deploy env check`.
enum EnvExamination {
  /// What a push would stop at, by what the survey told.
  static func findings(_ project: Project, _ state: HostState) -> [Finding] {
    state.env.map { contract(project, $0) } ?? []
  }

  /// All of it, for whoever has read the file.
  static func findings(_ project: Project, _ reading: EnvReading) -> [Finding] {
    let env = project.settings.env
    let place = "shared/\(env.file)"
    let snapshot = reading.snapshot
    guard snapshot.content != nil else {
      return [Finding(.fail, "env", "\(place) is missing", fix: "deploy env set KEY")]
    }
    let file = snapshot.file
    var findings = contract(
      project,
      HostState.EnvFile(file, digest: snapshot.digest, debugKeys: env.debugKeys))
    if findings.isEmpty {
      findings.append(Finding(.ok, "env", "\(place): \(file.keys.count) keys"))
    }
    findings += file.duplicates.map {
      Finding(.warn, "env", "\($0) stands in \(place) more than once; the last counts")
    }
    if !file.strayLines.isEmpty {
      let lines = file.strayLines.prefix(10).map { "\($0)" }.joined(separator: ", ")
      findings.append(
        Finding(.warn, "env", "\(place) has lines that nobody can read: \(lines)"))
    }
    if let bits = UInt32(reading.mode, radix: 8), bits & ~0o640 != 0 {
      findings.append(
        Finding(
          .warn, "env",
          "\(place) has the mode \(reading.mode) (owner \(reading.owner), group \(reading.group))",
          fix: "chmod 640 \(place)"))
    }
    if snapshot.isChangedByHand, let last = snapshot.records.last {
      findings.append(
        Finding(.warn, "env", "\(place) was changed by hand since version \(last.version)"))
    }
    return findings
  }

  private static func contract(_ project: Project, _ file: HostState.EnvFile) -> [Finding] {
    EnvContract(settings: project.settings.env, example: project.localExample, host: file)
      .findings.map {
        Finding(.fail, "env", $0.words(file: project.settings.env.file), fix: $0.next)
      }
  }
}

extension Project {
  /// The example as it stands here; a push looks at the one that it ships.
  var localExample: EnvContract.Example? { localExampleBytes.map(EnvContract.Example.init(bytes:)) }

  var localExampleBytes: [UInt8]? {
    let home: String
    switch settings.source {
    case .git(_, let repository): home = repository
    case .directory(let directory): home = directory
    case .artifact: return nil
    }
    return FileManager.default.contents(atPath: "\(home)/\(settings.env.example)").map(Array.init)
  }

  /// With the keys that this command line lets pass.
  func allowing(_ invocation: Invocation) -> Project {
    var project = self
    project.settings.env.allow += invocation[PushOptions.allow]
    return project
  }
}
