import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("Harvesting what appeared while a site ran", .serialized)
struct HarvestTests {
  private static let docroot = DocrootPlace(root: "public", regenerable: "^cache(/.*)?$")
  private static let second = ReleaseID.make("20260102-000000")

  /// A live release, shipped and counted by an agent, beside canaries.
  private func rig(_ shell: Shell) async throws -> Rig {
    let rig = try Rig(shell)
    try rig.sh("mkdir outside; echo canary >outside/canary")
    try rig.lay([ReleaseID.first.text, Self.second.text], current: ReleaseID.first.text)
    try rig.journal("live", ReleaseID.first.text)
    for release in [ReleaseID.first, Self.second] {
      try rig.sh(
        """
        cd app/releases/\(release)
        mkdir -p public/images public/inbox public/empty; echo code >public/index.php
        echo logo >public/images/logo.png; : >public/inbox/.gitkeep
        sum() { sha256sum <"$1" | cut -d ' ' -f 1; }
        {
          for file in name public/index.php public/images/logo.png public/inbox/.gitkeep; do
            echo "f 0644 $(stat -c %s $file) $(sum $file) $file"
          done
          for directory in public public/images public/inbox public/empty; do
            echo "d 0755 - - $directory"
          done
        } | LC_ALL=C sort -k 5 >../../.deploy/manifests/\(release)/manifest
        """)
    }
    try await census(rig)
    return rig
  }

  private func census(_ rig: Rig) async throws {
    let ending = try await rig.carryOut([
      .census(.first, Self.docroot), .census(Self.second, Self.docroot),
    ])
    #expect(ending.isFinished, "\(ending)")
  }

  private func harvest(_ rig: Rig) async throws -> ProgramEnding {
    let before = try rig.sh("find outside -printf '%p %i %m %T@\n' | sort")
    let ending = try await rig.carryOut([
      .harvest(.first, Self.docroot), .bind(Self.second, Self.docroot),
    ])
    #expect(try rig.sh("find outside -printf '%p %i %m %T@\n' | sort") == before)
    return ending
  }

  /// Both releases show the same content at a path, and it is in shared/.
  private func isShared(_ rig: Rig, _ path: String, _ content: String) throws -> Bool {
    try [
      "app/shared/\(path)", "app/releases/\(ReleaseID.first)/\(path)",
      "app/releases/\(Self.second)/\(path)",
    ].allSatisfy { try rig.scratch.run(["cat", "--", $0]) == content }
  }

  private func inLive(_ rig: Rig, _ script: String) throws {
    try rig.sh("cd app/releases/\(ReleaseID.first)/public; \(script)")
  }

  @Test("a new directory, a file among shipped ones, a dotfile and odd names", arguments: Shell.all)
  func unknown(in shell: Shell) async throws {
    let rig = try await rig(shell)
    try inLive(
      rig,
      "mkdir -p invoices/2026; printf 1 >invoices/2026/a.pdf; printf 2 >images/run.png; printf 3 >.known;"
        + "printf 4 >inbox/mail; printf 5 >empty/x; printf 6 >\"images/a b\nc\"; mkdir -p cache/x; : >cache/x/y"
    )
    #expect(try await harvest(rig).isFinished)
    #expect(try isShared(rig, "public/invoices/2026/a.pdf", "1"))
    #expect(try isShared(rig, "public/images/run.png", "2"))
    #expect(try isShared(rig, "public/.known", "3"))
    #expect(try isShared(rig, "public/inbox/mail", "4"))
    #expect(try isShared(rig, "public/empty/x", "5"))
    #expect(try isShared(rig, "public/images/a b\nc", "6"))
    #expect(!rig.exists("shared/public/cache"))
    #expect(!rig.exists("shared/public/index.php"))
    #expect(!rig.exists("shared/public/images/logo.png"))
    // As a whole where nothing is shipped, one by one where something is.
    #expect(
      try rig.sh("readlink app/releases/*2-000000/public/invoices")
        == "../../../shared/public/invoices\n")
    #expect(
      try rig.sh("readlink app/releases/*2-000000/public/inbox") == "../../../shared/public/inbox\n"
    )
    #expect(
      try rig.sh("cd app/releases/*2-000000/public; [ -d images ] && [ ! -L images ]").isEmpty)
  }

  @Test("whoever has a file open goes on writing to what is kept", arguments: Shell.all)
  func openFile(in shell: Shell) async throws {
    let rig = try await rig(shell)
    try inLive(
      rig,
      """
      mkdir log; echo 1 >log/a; echo 1 >single
      (exec 7>>log/a 8>>single; until [ -L single ] && [ -L log ]; do sleep 0.05; done
       echo 2 >&7; echo 2 >&8; : >../../../written) </dev/null >/dev/null 2>&1 &
      """)
    #expect(try await harvest(rig).isFinished)
    try await waitUntil { rig.exists("written") }
    #expect(try isShared(rig, "public/log/a", "1\n2\n"))
    #expect(try isShared(rig, "public/single", "1\n2\n"))
  }

  @Test("what is written between the copy and the swap is brought by the same harvest")
  func inBetween() async throws {
    let rig = try await rig(.dash)
    try inLive(rig, "mkdir log; echo 1 >log/a; echo 1 >single")
    // Both are in shared/ when the swap asks perl for its system call: now the application writes.
    try rig.fake("mv", "[ \"$1\" != --exchange ] || exit 1; exec /usr/bin/mv \"$@\"")
    try rig.fake(
      "perl",
      """
      (
        cd '\(rig.root)/releases/\(ReleaseID.first)/public' || exit 1
        if [ -L single ]; then echo 2 >log/late; else echo 2 >next && mv next single; fi
      )
      exec /usr/bin/perl "$@"
      """)
    let ending = try await rig.carryOut(
      [.harvest(.first, Self.docroot), .bind(Self.second, Self.docroot)],
      surroundings: rig.withFakes)
    #expect(ending.isFinished, "\(ending)")
    #expect(try isShared(rig, "public/single", "2\n"))
    #expect(try isShared(rig, "public/log/a", "1\n"))
    #expect(try isShared(rig, "public/log/late", "2\n"))
  }

  @Test("what came after the copy is brought by the next harvest", arguments: Shell.all)
  func late(in shell: Shell) async throws {
    let rig = try await rig(shell)
    try inLive(rig, "mkdir log; echo 1 >log/a; echo 1 >log/gone")
    #expect(try await harvest(rig).isFinished)
    // Somebody who works in the directory that was swapped out, and a user who deletes.
    try rig.sh(
      "cd app/.deploy/manifests/*/harvested/*/old; echo 2 >b; mkdir c; echo 3 >c/d; rm ../../../../../../shared/public/log/gone"
    )
    #expect(try await harvest(rig).isFinished)
    #expect(try isShared(rig, "public/log/b", "2\n"))
    #expect(try isShared(rig, "public/log/c/d", "3\n"))
    #expect(!rig.exists("shared/public/log/gone"))
  }

  @Test(
    "a link that the application replaced is a link again, with what it wrote", arguments: Shell.all
  )
  func restored(in shell: Shell) async throws {
    let rig = try await rig(shell)
    try inLive(rig, "echo 1 >map.xml; mkdir docs; echo 1 >docs/a")
    #expect(try await harvest(rig).isFinished)
    try inLive(
      rig,
      "echo 2 >tmp; mv -T tmp map.xml; rm docs; mkdir docs; echo 2 >docs/b; touch -d '1 hour' docs/b map.xml"
    )
    let ending = try await harvest(rig)
    #expect(Set(ending.notes).isSuperset(of: ["restored public/map.xml", "restored public/docs"]))
    #expect(try isShared(rig, "public/map.xml", "2\n"))
    #expect(try isShared(rig, "public/docs/a", "1\n"))
    #expect(try isShared(rig, "public/docs/b", "2\n"))
    #expect(try rig.sh("cat app/.deploy/kept/*/conflicts/public/map.xml") == "1\n")
  }

  @Test("a link that was renamed keeps its content under the new name", arguments: Shell.all)
  func moved(in shell: Shell) async throws {
    let rig = try await rig(shell)
    try inLive(rig, "echo 1 >tmp.1; mkdir old; echo 2 >old/a")
    #expect(try await harvest(rig).isFinished)
    try inLive(rig, "mv tmp.1 map.xml; mv old new")
    #expect(try await harvest(rig).isFinished)
    #expect(try isShared(rig, "public/map.xml", "1\n"))
    #expect(try isShared(rig, "public/new/a", "2\n"))
    #expect(!rig.exists("shared/public/tmp.1"))
    #expect(
      try rig.sh("cd app/releases/*2-000000/public; ls -A")
        == "empty\nimages\ninbox\nindex.php\nmap.xml\nnew\n")
  }

  @Test("what is deleted through the site is set aside and no longer linked", arguments: Shell.all)
  func deleted(in shell: Shell) async throws {
    let rig = try await rig(shell)
    try inLive(rig, "echo 1 >images/a; mkdir docs; echo 2 >docs/b")
    #expect(try await harvest(rig).isFinished)
    try inLive(rig, "rm images/a docs")
    let ending = try await harvest(rig)
    #expect(Set(ending.notes).isSuperset(of: ["deleted public/images/a", "deleted public/docs"]))
    #expect(try rig.sh("cd app/shared/public; ls -A . images") == ".:\nimages\n\nimages:\n")
    #expect(
      try rig.sh("cd app/releases/*2-000000/public; ls -A . images")
        == ".:\nempty\nimages\ninbox\nindex.php\n\nimages:\nlogo.png\n")
    #expect(
      try rig.sh(
        "cat app/.deploy/kept/*/deleted/public/images/a app/.deploy/kept/*/deleted/public/docs*/b")
        == "1\n2\n")
    #expect(try await harvest(rig).notes.isEmpty)
  }

  @Test("a shipped file that was edited is kept and not promoted", arguments: Shell.all)
  func edited(in shell: Shell) async throws {
    let rig = try await rig(shell)
    try inLive(
      rig, "touch -d '1 hour' images/logo.png; echo hotfix >>index.php; touch -d '1 hour' index.php"
    )
    #expect(
      try await harvest(rig).notes
        == ["edited 1 public/index.php .deploy/kept/\(ReleaseID.first)/edited"])
    #expect(try rig.sh("cat app/.deploy/kept/*/edited/public/index.php") == "code\nhotfix\n")
    #expect(!rig.exists("shared/public/index.php"))
    #expect(try await harvest(rig).notes.isEmpty)
  }

  @Test("what hooks made before the release went live is not data", arguments: Shell.all)
  func made(in shell: Shell) async throws {
    let rig = try await rig(shell)
    try inLive(
      rig, "mkdir bundles; echo 1 >bundles/a.js; ln -s ../storage storage; echo 1 >images/made")
    try await census(rig)
    #expect(try await harvest(rig).isFinished)
    #expect(try rig.sh("find app/shared ! -type d").isEmpty)
    try inLive(rig, "echo 2 >bundles/data")
    #expect(try await harvest(rig).isFinished)
    #expect(try isShared(rig, "public/bundles/data", "2\n"))
    #expect(!rig.exists("shared/public/bundles/a.js"))
  }

  @Test(
    "a link that somebody made is carried, one into a release is made relative or told",
    arguments: Shell.all)
  func carried(in shell: Shell) async throws {
    let rig = try await rig(shell)
    try inLive(
      rig,
      "ln -s ../storage/app storage; ln -s \"$(cd ..; pwd)/docs\" docs; ln -s \(rig.root)/releases/x/y stray; ln -s /srv/media media"
    )
    #expect(try await harvest(rig).notes == ["stray public/stray \(rig.root)/releases/x/y"])
    #expect(
      try rig.sh(
        "cd app/releases/*2-000000/public; readlink storage docs media; ls stray 2>/dev/null || :")
        == "../storage/app\n../docs\n/srv/media\n")
  }

  @Test("of two contents the newer is shown and the other kept", arguments: Shell.all)
  func conflict(in shell: Shell) async throws {
    let rig = try await rig(shell)
    try inLive(
      rig,
      "mkdir docs; echo new >docs/a; echo old >docs/b; touch -d '2 hours ago' docs/b; echo same >docs/c"
    )
    try rig.sh(
      "cd app/shared; mkdir -p public/docs; cd public/docs; echo other >a; touch -d '1 hour ago' a; echo fresh >b; echo same >c; echo only >d"
    )
    #expect(try await harvest(rig).notes.filter { $0.hasPrefix("conflict") }.count == 2)
    for (name, content) in [("a", "new\n"), ("b", "fresh\n"), ("c", "same\n"), ("d", "only\n")] {
      #expect(try isShared(rig, "public/docs/\(name)", content))
    }
    #expect(
      try rig.sh("cd app/.deploy/kept/*/conflicts/public/docs; cat a b; stat -c %a ../../../..")
        == "other\nold\n700\n")
  }

  @Test(
    "a link that the web server's user planted in shared/ is not written through",
    arguments: Shell.all,
    ["public", "public/docs", "public/docs/sub"])
  func planted(in shell: Shell, at place: String) async throws {
    let rig = try await rig(shell)
    try inLive(rig, "mkdir -p docs/sub; echo 1 >docs/sub/canary")
    try rig.sh(
      "mkdir -p app/shared/$(dirname \(place)); ln -s \(rig.scratch.path)/outside app/shared/\(place); mkdir outside/docs outside/docs/sub outside/sub"
    )
    let ending = try await harvest(rig)
    #expect(ending.refusal?.kind == "shared-outside")
    #expect(
      try rig.sh(
        "cat app/releases/*1-000000/public/docs/sub/canary 2>/dev/null || cat app/releases/\(ReleaseID.first)/public/docs/sub/canary"
      ) == "1\n")
  }

  @Test("what a new release ships is shown, and the data waits in shared/", arguments: Shell.all)
  func shadowed(in shell: Shell) async throws {
    let rig = try await rig(shell)
    try inLive(rig, "echo data >robots.txt; mkdir docs; echo data >docs/a; echo data >docs/b")
    try rig.sh(
      """
      cd app/releases/\(Self.second)/public; echo code >robots.txt; mkdir docs; echo code >docs/a
      for name in robots.txt docs/a; do
        echo "f 0644 5 $(sha256sum <$name | cut -d ' ' -f 1) public/$name"
      done >>../../../.deploy/manifests/\(Self.second)/manifest
      """)
    let ending = try await harvest(rig)
    #expect(
      Set(ending.notes).isSuperset(of: ["shadowed public/robots.txt", "shadowed public/docs/a"]))
    #expect(
      try rig.sh("cd app/releases/\(Self.second)/public; cat robots.txt docs/a docs/b")
        == "code\ncode\ndata\n")
    #expect(
      try rig.sh("cd app/shared/public; cat robots.txt docs/a docs/b") == "data\ndata\ndata\n")
  }
}
