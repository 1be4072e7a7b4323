import Operations
import Remote
import TestSupport
import Testing

@Suite("Adopting into shared/ and back", .serialized)
struct SharedKeepTests {
  @Test("a file and a directory become shared, in the live release at once", arguments: Shell.all)
  func adopts(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    try shared.inLive("mkdir -p public/docs/x data; echo 1 >public/docs/x/a; echo 2 >'data/b c'")
    let ending = try await shared.carryOut([
      .keep("public/docs", evenIfShipped: false), .keep("data/b c", evenIfShipped: false),
    ])
    #expect(ending.isFinished, "\(ending)")
    #expect(
      try shared.rig.sh("cd app; readlink current/public/docs current/data/*; cat shared/data/*")
        == "../../../shared/public/docs\n../../../shared/data/b c\n2\n")
    #expect(
      try shared.rig.sh("cat app/shared/public/docs/x/a app/current/public/docs/x/a") == "1\n1\n")
    #expect(try shared.rig.sh("cat app/.deploy/registry") == "public/docs\ndata/b\\0040c\n")
    // Twice says so, and changes nothing.
    let again = try await shared.carryOut([.keep("public/docs", evenIfShipped: false)])
    #expect(again.refusal?.kind == "keep-link")
  }

  @Test("what the release ships is code, unless a person insists", arguments: Shell.all)
  func shipped(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    for path in ["public/index.php", "public"] {
      let ending = try await shared.carryOut([.keep(path, evenIfShipped: false)])
      #expect(ending.refusal?.kind == "keep-shipped")
      #expect(ending.refusal?.fields.last == "public/index.php")
    }
    #expect(try shared.rig.sh("cat app/current/public/index.php") == "code\n")
    #expect(try await shared.carryOut([.keep("public/index.php", evenIfShipped: true)]).isFinished)
    #expect(try shared.rig.sh("cat app/shared/public/index.php") == "code\n")
  }

  @Test("a planted link at any step is not gone through", arguments: Shell.all)
  func planted(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    try shared.inLive(
      "mkdir -p public/a/b; echo 1 >public/a/b/c; ln -s ../../../outside public/way")
    // In the release.
    #expect(
      try await shared.carryOut([.keep("public/way/canary", evenIfShipped: false)]).refusal?.kind
        == "keep-link")
    // In shared/, at each component of the target.
    for place in ["public", "public/a", "public/a/b"] {
      try shared.rig.sh(
        "cd app/shared; rm -rf public; mkdir -p \(place)/..; rm -rf \(place); ln -s ../../../outside \(place);"
          + "rm \(place); ln -s \(shared.rig.scratch.path)/outside \(place)")
      let ending = try await shared.carryOut([.keep("public/a/b/c", evenIfShipped: false)])
      #expect(!ending.isFinished, "\(place)")
      #expect(try shared.rig.sh("cat app/current/public/a/b/c") == "1\n")
    }
  }

  @Test("the way back leaves real files, and nothing is deleted", arguments: Shell.all)
  func back(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    try shared.inLive("mkdir -p public/docs; echo 1 >public/docs/a; echo 2 >public/one")
    #expect(
      try await shared.carryOut([
        .keep("public/docs", evenIfShipped: false), .keep("public/one", evenIfShipped: false),
      ]).isFinished)
    let ending = try await shared.carryOut([.unkeep("public/docs"), .unkeep("public/one")])
    #expect(ending.isFinished, "\(ending)")
    try shared.inLive("[ ! -L public/docs ]; [ -f public/docs/a ]; [ ! -L public/one ]")
    #expect(try shared.rig.sh("cat app/current/public/docs/a app/current/public/one") == "1\n2\n")
    #expect(!shared.rig.exists("shared/public/docs"))
    #expect(
      try shared.rig.sh("cd app/.deploy/kept/*/released/public; cat docs/a one") == "1\n2\n")
    #expect(
      try shared.rig.sh("cat app/.deploy/registry app/.deploy/manifests/*/links") == "storage\n")
    // It is known now: the next harvest does not take it again, and keeps a copy as of all that is younger
    // than the release.
    let harvest = try await shared.carryOut([.harvest(.first, SharedRig.docroot)])
    #expect(harvest.notes.allSatisfy { $0.hasPrefix("edited") })
    #expect(!shared.rig.exists("shared/public/docs"))
    #expect(try await shared.carryOut([.unkeep("public/docs")]).refusal?.kind == "unkeep-nothing")
  }

  @Test("a shared path that was replaced by a link is not copied from", arguments: Shell.all)
  func backThroughLink(in shell: Shell) async throws {
    let shared = try await SharedRig(shell)
    try shared.inLive("mkdir -p public/docs; echo 1 >public/docs/a")
    #expect(try await shared.carryOut([.keep("public/docs", evenIfShipped: false)]).isFinished)
    try shared.rig.sh(
      "cd app/shared/public; mv docs ../aside; ln -s \(shared.rig.scratch.path)/outside docs")
    #expect(try await shared.carryOut([.unkeep("public/docs")]).refusal?.kind == "shared-link")
  }
}
