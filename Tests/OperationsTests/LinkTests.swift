import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("Linking shared data", .serialized)
struct LinkTests {
  /// A release with these contents beside `shared/`.
  private func rig(_ shell: Shell, _ script: String = ":") throws -> Rig {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text])
    try rig.sh(
      "mkdir outside; echo canary >outside/canary; cd app; release=releases/\(ReleaseID.first); \(script)"
    )
    return rig
  }

  private func link(_ rig: Rig, _ path: String, _ kind: SharedKind = .directory) async throws
    -> ProgramEnding
  {
    let before = try rig.sh("find outside -printf '%p %i %m %T@\n' | sort")
    let ending = try await rig.carryOut([.link(path, kind, in: .first)])
    #expect(try rig.sh("find outside -printf '%p %i %m %T@\n' | sort") == before)
    return ending
  }

  private func target(_ rig: Rig, _ path: String) throws -> String {
    String(try rig.sh("readlink app/releases/\(ReleaseID.first)/\(path)").dropLast())
  }

  @Test(
    "a link is relative and leads to shared/, at every depth", arguments: Shell.all,
    [
      ("storage", "../../shared/storage"), ("a/b", "../../../shared/a/b"),
      ("public/up loads/x y", "../../../../shared/public/up loads/x y"),
      ("a/b/c/d/e", "../../../../../../shared/a/b/c/d/e"),
    ])
  func depth(in shell: Shell, what: (path: String, target: String)) async throws {
    let rig = try rig(shell)
    #expect(try await link(rig, what.path).isFinished)
    let found = try rig.scratch.run(
      ["readlink", "app/releases/\(ReleaseID.first)/\(what.path)"])
    #expect(found == what.target + "\n")
    try rig.scratch.write("data", to: "app/shared/\(what.path)/file")
    #expect(
      try rig.scratch.run(["cat", "app/releases/\(ReleaseID.first)/\(what.path)/file"]) == "data")
  }

  @Test(
    "what a directory ships goes to shared/ once, and stays beside the manifest",
    arguments: Shell.all)
  func seedsDirectory(in shell: Shell) async throws {
    let rig = try rig(
      shell,
      "mkdir -p $release/storage/sub; echo 1 >$release/storage/a; echo 2 >$release/storage/sub/b")
    let ending = try await link(rig, "storage")
    #expect(ending.notes == ["seeded storage 2"])
    let aside = "app/.deploy/manifests/\(ReleaseID.first)/displaced/storage"
    #expect(try rig.sh("cat \(aside)/a \(aside)/sub/b") == "1\n2\n")
    #expect(try target(rig, "storage") == "../../shared/storage")
    #expect(try rig.sh("cat app/shared/storage/a app/shared/storage/sub/b") == "1\n2\n")
  }

  @Test(
    "a default that was deleted stays deleted, one that was changed stays so, a new one arrives",
    arguments: Shell.all)
  func seedsOnce(in shell: Shell) async throws {
    let rig = try rig(
      shell, "mkdir -p $release/up; for f in a b 'c d'; do echo 1 >\"$release/up/$f\"; done")
    #expect(try await link(rig, "up").notes == ["seeded up 3"])
    try rig.sh(
      """
      cd app; release=releases/\(ReleaseID.first)
      rm shared/up/a; echo mine >shared/up/b; echo theirs >shared/up/new
      rm $release/up; mkdir $release/up; for f in a b 'c d' new newer; do echo 2 >"$release/up/$f"; done
      """)
    #expect(try await link(rig, "up").notes == ["seeded up 1"])
    #expect(
      try rig.sh("cd app/shared/up; head -- *") == """
        ==> b <==
        mine

        ==> c d <==
        1

        ==> new <==
        theirs

        ==> newer <==
        2

        """)
  }

  @Test("nothing is seeded through a link that somebody put into shared/", arguments: Shell.all)
  func seedsInside(in shell: Shell) async throws {
    let rig = try rig(
      shell,
      "mkdir -p $release/up/sub shared/up; echo 1 >$release/up/sub/a; ln -s ../../../outside shared/up/sub"
    )
    #expect(try await link(rig, "up").refusal?.kind == "shared-outside")
  }

  @Test("a file is moved beside the manifest and told", arguments: Shell.all)
  func displacesFile(in shell: Shell) async throws {
    let rig = try rig(shell, "echo shipped >$release/.env; echo ours >shared/.env")
    let ending = try await link(rig, ".env", .file)
    #expect(ending.notes == ["displaced .env"])
    #expect(
      try rig.sh("cat app/releases/\(ReleaseID.first)/.env app/.deploy/manifests/*/displaced/.env")
        == "ours\nshipped\n")
  }

  @Test("an empty directory is replaced without a word", arguments: Shell.all)
  func replacesEmpty(in shell: Shell) async throws {
    let rig = try rig(shell, "mkdir $release/storage")
    #expect(try await link(rig, "storage").notes.isEmpty)
    #expect(try target(rig, "storage") == "../../shared/storage")
  }

  struct Refusal: Sendable, CustomStringConvertible {
    let description: String
    let script: String
    var path = "storage"
    var kind = SharedKind.directory
    let expected: String
  }

  static let refusals = [
    Refusal(
      description: "a file where a directory is shared", script: ": >$release/storage",
      expected: "mismatch"),
    Refusal(
      description: "a directory where a file is shared",
      script: "mkdir $release/.env; : >shared/.env", path: ".env", kind: .file,
      expected: "mismatch"),
    Refusal(
      description: "a pipe in the release", script: "mkfifo $release/storage", expected: "mismatch"),
    Refusal(
      description: "a link of the release's own", script: "ln -s elsewhere $release/storage",
      expected: "own-link"),
    Refusal(
      description: "a link of the release's own that leads outside",
      script: "ln -s ../../../outside $release/storage", expected: "own-link"),
    Refusal(
      description: "a shared file of the wrong kind", script: ": >shared/storage",
      expected: "mismatch"),
    Refusal(
      description: "a shared directory of the wrong kind", script: "mkdir shared/.env",
      path: ".env", kind: .file, expected: "mismatch"),
    Refusal(
      description: "a file that is missing", script: ":", path: ".env", kind: .file,
      expected: "shared-missing"),
    Refusal(
      description: "a file that is a link to nothing", script: "ln -s gone shared/.env",
      path: ".env", kind: .file, expected: "shared-missing"),
    Refusal(
      description: "a file that is a link to a directory",
      script: "mkdir shared/d; ln -s d shared/.env", path: ".env", kind: .file,
      expected: "mismatch"),
    Refusal(
      description: "shared data outside", script: "ln -s ../../outside shared/storage",
      expected: "shared-outside"),
    Refusal(
      description: "shared data at the root", script: "ln -s / shared/storage",
      expected: "shared-outside"),
    Refusal(
      description: "shared data in another release",
      script:
        "mkdir -p releases/20200101-000000/storage; ln -s ../releases/20200101-000000/storage shared/storage",
      expected: "shared-outside"),
    Refusal(
      description: "shared data among things of ours", script: "ln -s ../.deploy shared/storage",
      expected: "shared-outside"),
    Refusal(
      description: "a link that leads to itself", script: "ln -s storage shared/storage",
      expected: "shared-missing"),
    Refusal(
      description: "a link on the way to shared data",
      script: "ln -s ../../outside shared/storage", path: "storage/app/new",
      expected: "shared-outside"),
    Refusal(
      description: "a file on the way to shared data", script: ": >shared/storage",
      path: "storage/app", expected: "mismatch"),
    Refusal(
      description: "a link on the way in the release",
      script: "ln -s ../../../outside $release/public", path: "public/uploads",
      expected: "mismatch"),
    Refusal(
      description: "a file on the way in the release", script: ": >$release/public",
      path: "public/uploads", expected: "mismatch"),
  ]

  @Test("is refused, and nothing is written or followed", arguments: Shell.all, refusals)
  func refuses(in shell: Shell, what: Refusal) async throws {
    let rig = try rig(shell, what.script)
    let list = "cd app; find releases shared -printf '%y %p %l %i\n' | sort"
    let ending = try await link(rig, what.path, what.kind)
    #expect(ending.refusal?.exitCode == 12)
    #expect(ending.refusal?.kind == what.expected)
    let kept = try rig.sh(list)
    // Again: it is refused again, and what the first try made of shared/ is all that there is.
    #expect(try await link(rig, what.path, what.kind).refusal?.kind == what.expected)
    #expect(try rig.sh(list) == kept)
  }

  @Test("shared data may lie elsewhere in the application", arguments: Shell.all)
  func inside(in shell: Shell) async throws {
    let rig = try rig(shell, "mkdir data; ln -s ../data shared/storage; echo x >data/f")
    #expect(try await link(rig, "storage").isFinished)
    #expect(try rig.sh("cat app/releases/\(ReleaseID.first)/storage/f") == "x\n")
  }

  @Test("a second run changes nothing", arguments: Shell.all)
  func idempotent(in shell: Shell) async throws {
    let rig = try rig(
      shell, "mkdir -p $release/storage; echo 1 >$release/storage/a; : >shared/.env")
    let list = "cd app; find releases shared .deploy/manifests -printf '%p %l %i\n' | sort"
    for path in ["storage", "public/up*loads"] { _ = try await link(rig, path) }
    _ = try await link(rig, ".env", .file)
    let once = try rig.sh(list)
    for path in ["storage", "public/up*loads"] {
      #expect(try await link(rig, path).notes.isEmpty)
    }
    #expect(try await link(rig, ".env", .file).isFinished)
    #expect(try rig.sh(list) == once)
    #expect(try rig.sh("wc -l <app/.deploy/manifests/\(ReleaseID.first)/links") == "3\n")
  }

  @Test("a link to shared/ that an older tool made is replaced by ours", arguments: Shell.all)
  func older(in shell: Shell) async throws {
    let rig = try rig(shell, "ln -s $PWD/shared/storage $release/storage")
    #expect(try await link(rig, "storage").isFinished)
    #expect(try target(rig, "storage") == "../../shared/storage")
  }
}
