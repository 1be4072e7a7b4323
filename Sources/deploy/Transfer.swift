import Execution
import Operations
import Planning
import Processes
import Remote
import Shipping

/// Fetches shared data of one host, until every file is as the host listed it, or often enough.
struct Transfer {
  let visit: Visit
  let context: Context
  let command: String
  /// What the archive is written to on its way, without a name.
  let directory: String

  struct Harvest {
    var parcels: [SharedParcel]
    /// Files that were written to during each of the attempts.
    var restless: [TreePath]

    var registry: [String] { parcels.first?.registry ?? [] }
    var unreadable: [String] { parcels.first?.unreadable ?? [] }
  }

  private static let attempts = 3
  /// A request for each, which is slow: more than these is no coincidence.
  private static let mostAgain = 200

  func fetch(_ paths: [String], excluding excluded: String = "") async throws -> Harvest {
    let first: SharedParcel
    do {
      first = try await parcel(paths.map { Array($0.utf8) }, excluded)
    } catch let missing as Missing {
      throw missing.failure
    }
    return try await complete(first)
  }

  /// Asks again for what changed while it was read.
  private func complete(_ first: SharedParcel) async throws -> Harvest {
    var parcels = [first]
    var restless = try await onThread { try first.differing() }
    for _ in 1..<Self.attempts where !restless.isEmpty && restless.count <= Self.mostAgain {
      var still: [TreePath] = []
      for path in restless {
        guard let again = try await parcelIfThere(path) else { continue }
        if try await onThread({ try again.differing() }).isEmpty {
          parcels.append(again)
        } else {
          still.append(path)
        }
      }
      restless = still
    }
    return Harvest(parcels: parcels, restless: restless)
  }

  /// Nil for a file that is gone.
  private func parcelIfThere(_ path: TreePath) async throws -> SharedParcel? {
    do {
      return try await parcel([path.bytes], "")
    } catch is Missing {
      return nil
    }
  }

  /// A path that is not there: of one that a person named it is a failure, of one that was there a moment
  /// ago it is not.
  private struct Missing: Error {
    let failure: Failure
  }

  private func parcel(_ paths: [[UInt8]], _ excluded: String) async throws -> SharedParcel {
    let compression = Compression.best(for: [visit])
    let incoming = try Incoming(in: directory)
    let console = context.console
    let name = visit.host.name
    let algorithm = visit.state.algorithm
    context.interruption.whenRequested { [session = visit.session] in
      Task { await session.hangUp() }
    }
    let status: Int32
    do {
      status = try await visit.session.receive(
        .pour(
          paths, compression: compression, algorithm: algorithm.rawValue, excluded: excluded)
      ) { event in
        if let words = try await incoming.take(event, algorithm) {
          console.progress("\(name): \(words)")
        }
      }
    } catch let error as RemoteError {
      throw lost(error)
    }
    console.endProgress()
    let refusal = await incoming.refusal
    guard status == 0 else {
      let failure = Failure(
        refusal, complaint: await incoming.complaint, asking: "pour", of: visit, command: command)
      if refusal?.kind == "shared-nothing" { throw Missing(failure: failure) }
      throw failure
    }
    return await incoming.parcel(compression, algorithm)
  }

  private func lost(_ error: RemoteError) -> Failure {
    guard let exit = context.interruption.exitCode else {
      return Failure(error, host: visit.host, phase: "pour")
    }
    return Failure(
      exitCode: exit, host: visit.host.name, phase: "pour", what: "interrupted",
      live: "\(visit.state.liveText), unchanged", next: "run `\(command)` again")
  }
}

extension Compression {
  /// What a file is kept in that stays: small before fast, however near it comes from.
  static func smallest(for visit: Visit) -> Compression {
    let here = available()
    return [.zstd, .gzip].first {
      here.contains($0) && visit.state.tools.contains($0.rawValue)
    } ?? .none
  }
}

/// What has come so far.
private actor Incoming {
  private let spool: Spool
  private var entries: [Manifest.Entry] = []
  private var registry: [String] = []
  private var unreadable: [String] = []
  private(set) var refusal: AgentEvent.Refusal?
  private(set) var complaint: String?
  private var received = 0
  private let began = ContinuousClock.now

  init(in directory: String) throws { spool = try Spool(in: directory) }

  /// Words for the progress, when there are any.
  func take(_ event: AgentEvent, _ algorithm: DigestAlgorithm) throws -> String? {
    switch event {
    case .entry(let line): entries += try Manifest.Entry.list(line, algorithm)
    case .block(let bytes):
      try spool.append(bytes)
      received += bytes.count
      return progress
    case .fact("registered", let words): registry += words
    case .fact("unreadable", let words): unreadable += words
    case .refused(let refusal): self.refusal = refusal
    case .complaint(let text): complaint = text
    default: break
    }
    return nil
  }

  private var progress: String {
    let total = entries.reduce(0) { $0 + Int($1.fileSize) }
    let seconds = max(began.duration(to: .now) / .seconds(1), 0.001)
    return "received \(byteCount(received)) (of \(byteCount(total)) unpacked), "
      + "\(byteCount(Int(Double(received) / seconds)))/s"
  }

  func parcel(_ compression: Compression, _ algorithm: DigestAlgorithm) -> SharedParcel {
    SharedParcel(
      spool: spool, compression: compression, algorithm: algorithm, entries: entries,
      registry: registry, unreadable: unreadable)
  }
}

extension Project {
  /// For commands that move data of one host: which one, nobody may guess.
  func onlyHost(_ command: String) throws -> Project {
    guard settings.hosts.count > 1 else { return self }
    throw Failure(
      exitCode: 2, what: "the stage has \(settings.hosts.count) hosts, each with its own shared/",
      live: "unchanged; nothing was asked",
      next: "`\(command) --host \(settings.hosts[0].name)`, or another one")
  }
}
