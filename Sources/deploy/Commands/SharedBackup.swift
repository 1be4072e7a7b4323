import Arguments
import Execution
import Glibc
import Operations
import Planning
import Processes
import Shipping

let sharedBackupCommand = Command<Context>(
  "shared backup", "save all shared data of a host into one file here",
  discussion: """
    The file is a tar archive, compressed when both ends can, with a manifest of every file's digest. \
    It is read back and compared before it gets its name, and only its owner may read it: it \
    holds the application's secrets. The site goes on meanwhile: a file that changes while it is \
    read is read again, and one that never rests is named.

      deploy shared backup
      deploy shared backup nightly.tar.gz --exclude 'storage/framework/**'
    """,
  section: "data that stays", operands: [SharedBackup.file],
  options: [SharedBackup.exclude, HostOptions.role, HostOptions.host]
) { invocation, context in
  let visiting = try Visiting(invocation, context, limited: true)
  let settings = try visiting.project.onlyHost("deploy shared backup").settings
  try await visiting.each { visit in
    let backup = SharedBackup(
      visit: visit, context: context, settings: settings,
      excluded: invocation[SharedBackup.exclude], named: invocation[SharedBackup.file])
    try await backup.carryOut()
  }
}

struct SharedBackup {
  static let file = Operand<String?>(
    "file", "what to write; its ending says .gz, .zst or neither")
  static let exclude = Option<[String]>(
    "exclude", value: "PATTERN", "leave out, such as 'storage/logs/**'; may be repeated")

  let visit: Visit
  let context: Context
  let settings: Settings
  let excluded: [String]
  let named: String?

  private var path: String {
    let ending =
      [.none: "tar", .gzip: "tar.gz", .zstd: "tar.zst"][Compression.smallest(for: visit)] ?? "tar"
    let name = named ?? "\(settings.app)-\(visit.host.name)-\(stamp()).\(ending)"
    return name.hasPrefix("/") ? name : "\(context.directory)/\(name)"
  }

  func carryOut() async throws {
    let began = ContinuousClock.now
    let path = path
    guard access(path, F_OK) != 0 else { throw exists(path) }
    let expression = excluded.flatMap { [$0, "\($0)/**"] }
      .map { "(\(PathPattern($0).expression))" }.joined(separator: "|")
    let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    let transfer = Transfer(
      visit: visit, context: context, command: "deploy shared backup",
      directory: parent.isEmpty ? "/" : parent)
    let harvest = try await transfer.fetch([], excluding: expression)
    context.console.progress("\(visit.host.name): writing and reading back")
    let algorithm = visit.state.algorithm
    let contents: BackupFile.Contents
    do {
      contents = try await onThread {
        try BackupFile(path: path).write(
          harvest.parcels, registry: harvest.registry, compression: Self.compression(of: path),
          algorithm: algorithm)
      }
    } catch let error as ShippingError {
      throw Failure(
        exitCode: error.exitCode, host: visit.host.name, phase: "backup", what: error.description,
        live: "\(visit.state.liveText), unchanged", next: error.next)
    }
    context.console.endProgress()
    tell(contents, path, harvest, began.duration(to: .now) / .seconds(1))
    try SharedPull.complain(of: harvest, on: visit, "deploy shared backup")
  }

  static func compression(of path: String) -> Compression {
    if path.hasSuffix(".gz") || path.hasSuffix(".tgz") { return .gzip }
    return path.hasSuffix(".zst") ? .zstd : .none
  }

  private func exists(_ path: String) -> Failure {
    Failure(
      exitCode: 2, host: visit.host.name, phase: "backup",
      what: "\(path) is there already; a backup is never overwritten",
      live: "\(visit.state.liveText), unchanged", next: "name another file")
  }

  private func tell(
    _ contents: BackupFile.Contents, _ path: String, _ harvest: Transfer.Harvest, _ seconds: Double
  ) {
    var status = stat()
    let size = stat(path, &status) == 0 ? Int(status.st_size) : 0
    context.console.print(
      """
      \(.green, "done") \(visit.host.name): \(counted(contents.files, "file")), \
      \(byteCount(Int(contents.bytes))) in \(path) (\(byteCount(size)), read back and verified, \
      \(milliseconds(seconds)))
        next:  keep it somewhere else; `deploy shared restore \(path)` brings it back
      """,
      json: [
        "event": "result", "host": .string(visit.host.name), "verb": "shared backup",
        "file": .string(path), "files": .integer(contents.files),
        "bytes": .integer(Int(contents.bytes)), "size": .integer(size),
        "seconds": .number(seconds),
        "changed": .array(harvest.restless.map { .string($0.description) }),
        "unreadable": .array(harvest.unreadable.map(JSONLine.string)),
        "exit": .integer(harvest.restless.isEmpty && harvest.unreadable.isEmpty ? 0 : 12),
      ])
  }
}

/// UTC, as releases are named.
func stamp() -> String {
  var now = time(nil)
  var parts = tm()
  gmtime_r(&now, &parts)
  func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return "\(parts.tm_year + 1900)\(two(parts.tm_mon + 1))\(two(parts.tm_mday))-"
    + "\(two(parts.tm_hour))\(two(parts.tm_min))\(two(parts.tm_sec))"
}
