import Operations
import Remote
import TestSupport
import Testing

@Suite("Sending what is in shared/", .serialized)
struct SharedPourTests {
  private func pour(
    _ shared: SharedRig, _ paths: [String] = [], _ compression: Compression = .none,
    excluded: String = ""
  ) async throws -> (entries: [String], archive: [UInt8], answer: String) {
    let answer = try await shared.rig.ask(
      .pour(
        paths.map { Array($0.utf8) }, compression: compression, algorithm: "sha256",
        excluded: excluded))
    var entries: [String] = []
    var archive: [UInt8] = []
    for event in answer.events {
      if case .entry(let line) = event { entries.append(String(decoding: line, as: UTF8.self)) }
      if case .block(let bytes) = event { archive += bytes }
    }
    return (entries, archive, "\(answer.status) \(answer.refusal?.kind ?? "")")
  }

  @Test("every kind of name arrives, byte for byte", arguments: Shell.all)
  func whole(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    // A line that looks like an event is a file's content like any other.
    try shared.rig.sh(
      """
      cd app/shared/storage; head -c 3000000 /dev/urandom >big; : >empty; echo 1 >'a b'; ln -s data link
      printf '\\036x block 5\\n' >event; mkdir -m 2750 deep; echo 1 >-dash; chmod 600 data
      """)
    let (entries, archive, answer) = try await pour(shared)
    #expect(answer == "0 ")
    #expect(entries.contains { $0.hasPrefix("d 0750 - - storage/deep") })
    #expect(entries.contains { $0.hasPrefix("f 0600 5 ") && $0.hasSuffix(" storage/data") })
    #expect(entries.contains("l 0777 - - storage/link data"))
    try shared.rig.scratch.write(archive, to: Array("got.tar".utf8))
    try shared.rig.sh("mkdir got; tar --ignore-zeros -xf got.tar -C got; diff -r got app/shared")
  }

  @Test("a pattern leaves out, a path selects, a link on the way refuses", arguments: Shell.all)
  func parts(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    let without = try await pour(shared, excluded: "^storage/logs(/.*)?$").entries
    #expect(without.count == 3, "\(without)")
    let path = try await pour(shared, ["storage/logs"]).entries
    #expect(path.map { $0.split(separator: " ").last } == ["storage/logs/a.log", "storage/logs"])
    try shared.rig.sh("cd app/shared; ln -s \(shared.rig.scratch.path)/outside way")
    for path in ["way", "way/canary"] {
      #expect(try await pour(shared, [path]).answer == "1 shared-link")
    }
    #expect(try await pour(shared, ["none"]).answer == "1 shared-nothing")
    // As an entry it is a link, and nothing behind it is read.
    #expect(try await !pour(shared).entries.contains { $0.contains("canary") })
  }

  @Test("files that come and go do not mix up the list", arguments: Shell.all)
  func restless(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    try shared.rig.sh(
      """
      (cd app/shared/storage/logs; n=0; while [ ! -e ../../../stop ] && [ $n -lt 1000 ]; do
        sleep 0.02; n=$((n + 1)); echo $n >b$((n % 50)); rm -f b$(((n + 20) % 50)); done) >/dev/null 2>&1 &
      """)
    // It gives up when too much changes under its hands; that is no wrong list.
    var entries: [String] = []
    for _ in 0..<10 where entries.isEmpty { entries = try await pour(shared).entries }
    try shared.rig.sh(": >app/stop")
    let data = try shared.rig.sh("sha256sum <app/shared/storage/data").prefix(64)
    #expect(entries.contains("f 0644 5 \(data) storage/data"))
  }
}
