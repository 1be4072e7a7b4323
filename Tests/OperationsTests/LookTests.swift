import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("Looking", .serialized)
struct LookTests {
  private func differences(_ rig: Rig, _ release: ReleaseID) async throws -> [String] {
    try await rig.ask(.drift(of: release.text)).events.compactMap {
      if case .differs(let difference) = $0 { difference.description } else { nil }
    }
  }

  @Test(
    "what was changed on the server is listed, and links to shared data are not",
    arguments: Shell.all)
  func drift(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.sh("mkdir -p app/shared; : >app/shared/.env")
    let parcel = try Parcel(
      rig,
      "printf B >b; printf C >c; mkdir -p d storage; ln -s b l; printf S >storage/shipped; : >'a b'; : >.env"
    )
    let ending = try await rig.carryOut(
      [
        .receive(.none), .verify(algorithm: "sha256"), .link("storage", .directory, in: nil),
        .link("public/deep/uploads", .directory, in: nil), .link(".env", .file, in: nil),
        .commit(.first, more: ""),
      ], payload: parcel.payload)
    #expect(ending.isFinished, "\(ending)")
    #expect(try await differences(rig, .first).isEmpty)
    try rig.sh(
      """
      echo data >app/shared/storage/x; cd app/releases/\(ReleaseID.first)
      printf X >b; rm c; chmod 700 d; ln -sfn c l; : >'new file'; printf Y >>'a b'
      """)
    #expect(
      Set(try await differences(rig, .first)) == [
        "~ b", "- c", "~ d", "~ l", "+ new file", "~ a b",
      ])
    #expect(try await rig.ask(.drift(of: "20200101-000000")).refusal?.kind == "manifest-missing")
  }

  @Test("a manifest and a ledger come as they are", arguments: Shell.all)
  func reads(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try await rig.push(.first, ReceiveTests.nasty)
    let answer = try await rig.ask(.manifest(of: ReleaseID.first.text))
    var lines: [UInt8] = []
    for event in answer.events {
      if case .entry(let line) = event { lines += line + [10] }
    }
    let text = try rig.scratch.run(["cat", "app/.deploy/manifests/\(ReleaseID.first)/manifest"])
    #expect(lines == Array(text.utf8))
    #expect(answer.events.contains(.algorithm("sha256")))
    let ledger = try await rig.ask(.ledger).events.compactMap {
      if case .ledger(let line) = $0 { SurveyReader.record(line) } else { nil }
    }
    #expect(ledger == rig.ledger && ledger.count == 2)
  }

  @Test("a person's command runs in the live release and tells its status", arguments: Shell.all)
  func run(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try await rig.push(.first)
    let answer = try await rig.ask(.run("pwd -P; cat one; echo err >&2; exit 5"))
    #expect(answer.status == 0)
    #expect(answer.events.contains(.result(5)))
    let output = answer.events.compactMap {
      if case .output(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
    #expect(output == ["\(rig.root)/releases/\(ReleaseID.first)", "one", "err"])
    #expect(try await Rig(shell).ask(.run("true")).status != 0)
  }
}
