import Operations
import TestSupport
import Testing

@Suite("What a new host's shared/ lacks", .serialized)
struct ProvideTests {
  @Test("is made with its mode and content, and nothing is left beside it", arguments: Shell.all)
  func makes(in shell: Shell) async throws {
    let rig = try Rig(shell)
    let ending = try await rig.carryOut([
      .provide(directory: "storage"),
      .provide(file: "storage/.env", mode: 0o640, content: Array("K=%s\\n\n".utf8)),
    ])
    #expect(ending.isFinished, "\(ending)")
    #expect(
      try rig.sh("cat app/shared/storage/.env; stat -c %a app/shared/storage/.env")
        == "K=%s\\n\n640\n")
    #expect(
      try rig.sh("ls -A app/.deploy/staging app/shared") == """
        app/.deploy/staging:

        app/shared:
        storage

        """)
  }

  @Test("never replaces what is there", arguments: [Shell.dash])
  func keeps(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.sh("mkdir -p app/shared; echo mine >app/shared/.env")
    let provide = Operation.provide(file: ".env", mode: 0o600, content: [])
    #expect(try await rig.carryOut([provide]).isFinished)
    #expect(try rig.sh("cat app/shared/.env") == "mine\n")
  }

  @Test("a draft that a dead session left is taken away, and nothing else of shared/")
  func sweeps() async throws {
    let rig = try Rig(.dash)
    try rig.sh("mkdir -p app/shared; : >app/shared/.deploy.provided.1 >app/shared/.deploy")
    try rig.sh(": >app/shared/.deploy; : >app/shared/.1234567890abcdef")
    #expect(try await rig.carryOut([]).isFinished)
    #expect(try rig.sh("ls -A app/shared") == ".1234567890abcdef\n.deploy\n")
  }

  @Test("is made beside its place where shared/ is another file system, closed from the start")
  func otherFileSystem() async throws {
    let rig = try Rig(.dash)
    let path = "/dev/shm/deploy-test-\(Rig.nonce())"
    try rig.sh("mkdir -p app \(path); ln -s \(path) app/shared")
    defer { _ = try? rig.sh("rm -rf \(path)") }
    let provide = Operation.provide(file: ".env", mode: 0o600, content: Array("K".utf8))
    #expect(try await rig.carryOut([provide]).isFinished)
    #expect(try rig.sh("ls -A \(path)/; stat -c %a \(path)/.env") == ".env\n600\n")
  }
}
