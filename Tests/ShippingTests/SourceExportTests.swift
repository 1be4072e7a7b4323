import Glibc
import Operations
import Planning
import Processes
import Shipping
import TestSupport
import Testing

@Suite("A source")
struct SourceExportTests {
  private let scratch: TreeScratch
  private var settings = Settings()

  init() throws { scratch = try TreeScratch() }

  private var state: String { "\(scratch.path)/state" }

  private func prepare(
    _ settings: Settings, in project: String = "project", release: ReleaseID? = nil,
    report: (PreparationEvent) -> Void = { _ in }
  ) throws -> Tree {
    try SourceExport.prepare(
      settings: settings, projectDirectory: "\(scratch.path)/\(project)", stateDirectory: state,
      release: release, report: report)
  }

  private func exports() throws -> [String] {
    try scratch.run(["sh", "-c", "ls state/exports 2>/dev/null || true"])
      .split(separator: "\n").map(String.init)
  }

  private func names(_ tree: Tree) -> [String] { tree.entries.map(\.path.description) }

  // MARK: git

  @Test("of git ships the commit and not the checkout, and says that the checkout differs")
  mutating func git() throws {
    let repository = try scratch.repository("project")
    try scratch.write("committed", to: "project/a")
    try scratch.run(["ln", "-s", "a", "project/link"])
    try scratch.commit("First, with 'quotes'", in: repository)
    settings.source = .git(ref: "HEAD", repository: ".")
    let clean = try prepare(settings)
    #expect(!clean.origin.isDirty)
    clean.remove()
    try scratch.write("changed", to: "project/a")
    var events: [PreparationEvent] = []
    let tree = try prepare(settings) { events.append($0) }
    #expect(names(tree) == ["a", "link"])
    #expect(try scratch.run(["cat", "\(tree.root)/a"]) == "committed")
    let commit = try scratch.run(["git", "-C", repository, "rev-parse", "HEAD"]).dropLast()
    #expect(
      tree.origin
        == Origin(
          source: "git HEAD", commit: String(commit), subject: "First, with 'quotes'",
          branch: "main", isDirty: true))
    #expect(events.contains(.uncommittedChanges))
    #expect(try scratch.run(["stat", "-c", "%a", "\(tree.root)/.."]) == "700\n")
    tree.remove()
    #expect(try exports().isEmpty)
  }

  @Test("of git counts a file that was never added as an uncommitted change")
  mutating func untracked() throws {
    let repository = try scratch.repository("project")
    try scratch.write("x", to: "project/a")
    try scratch.commit("c", in: repository)
    try scratch.write("forgotten", to: "project/new")
    settings.source = .git(ref: "main", repository: ".")
    #expect(try prepare(settings).origin.isDirty)
  }

  @Test("of git ships a sub-directory as its root, with export-ignore, and any tar.umask")
  mutating func subdirectory() throws {
    let repository = try scratch.repository("project")
    try scratch.write("*.md export-ignore\n", to: "project/.gitattributes")
    try scratch.write("x", to: "project/web/index.php")
    try scratch.write("x", to: "project/web/notes.md")
    try scratch.write("x", to: "project/other")
    try scratch.run(["chmod", "0755", "project/web/index.php"])
    try scratch.commit("c", in: repository)
    try scratch.run(["git", "-C", repository, "tag", "v1"])
    try scratch.run(["git", "-C", repository, "config", "tar.umask", "0077"])
    settings.source = .git(ref: "v1", repository: "web")
    settings.build = ["cp index.php built.php"]
    let tree = try prepare(settings)
    #expect(names(tree) == ["built.php", "index.php"])
    #expect(tree.entries.last?.mode == 0o755)
    #expect(tree.origin.branch == nil)
  }

  @Test("of git ships from a bare repository, which is never dirty")
  mutating func bare() throws {
    let repository = try scratch.repository("project")
    try scratch.write("x", to: "project/a")
    try scratch.commit("c", in: repository)
    try scratch.run(["git", "clone", "-q", "--bare", repository, "bare.git"])
    settings.source = .git(ref: "main", repository: "../bare.git")
    let tree = try prepare(settings)
    #expect(names(tree) == ["a"])
    #expect(!tree.origin.isDirty)
  }

  @Test(
    "of git refuses a ref that does not exist, and offers near ones",
    arguments: [
      ("mian", ["main"]), ("releases/1", ["release/1"]), ("--output=x", []), ("", []),
      ("no such ref", []),
    ])
  mutating func missingRef(ref: String, near: [String]) throws {
    let repository = try scratch.repository("project")
    try scratch.write("x", to: "project/a")
    try scratch.commit("c", in: repository)
    try scratch.run(["git", "-C", repository, "branch", "release/1"])
    settings.source = .git(ref: ref, repository: ".")
    let real = try scratch.run(["realpath", repository]).dropLast()
    #expect(throws: ShippingError.missingRef(ref, repository: String(real), near: near)) {
      try prepare(settings)
    }
    #expect(try exports().isEmpty)
    #expect(access("\(repository)/x", F_OK) != 0)
  }

  @Test("of git says so when there is no repository")
  mutating func noRepository() throws {
    try scratch.directory("project")
    settings.source = .git(ref: "HEAD", repository: ".")
    let error = #expect(throws: ShippingError.self) { try prepare(settings) }
    #expect("\(String(describing: error))".contains("not a git repository"))
  }

  // MARK: directory

  @Test("that is a directory ships in place, without what belongs to its keeper")
  mutating func directory() throws {
    for name in [
      "a", ".git/config", ".hg/x", ".svn/x", ".deploy/x", "lib/.deploy/kept", "debug.log",
      "keep.log", "deploy.json",
    ] {
      try scratch.write("x", to: "project/\(name)")
    }
    try scratch.write("*.log\n", to: "project/.deployignore")
    settings.exclude = ["!keep.log"]
    let tree = try prepare(settings)
    #expect(
      names(tree) == [
        ".deployignore", "a", "deploy.json", "keep.log", "lib", "lib/.deploy", "lib/.deploy/kept",
      ])
    #expect(try exports().isEmpty)
    tree.remove()
    #expect(try scratch.run(["cat", "project/a"]) == "x")
  }

  @Test("that is a directory does not ship the state that lies in it")
  mutating func stateInside() throws {
    try scratch.write("x", to: "project/a")
    try scratch.write("x", to: "project/var/own/secret")
    let tree = try SourceExport.prepare(
      settings: settings, projectDirectory: "\(scratch.path)/project",
      stateDirectory: "\(scratch.path)/project/var/own")
    #expect(names(tree) == ["a", "var"])
  }

  // MARK: builds

  @Test("with a build is built in an export and leaves the checkout alone")
  mutating func build() throws {
    try scratch.write("x", to: "project/a")
    settings.stage = "production"
    settings.build = [
      "echo \"$DEPLOY_STAGE $DEPLOY_RELEASE\" > built", "cat >> built",
      "rm a; mkdir -p tmp; > tmp/t",
    ]
    settings.exclude = ["/tmp"]
    let release = try #require(ReleaseID("20261120-173310"))
    var groups: [Int32] = []
    let tree = try prepare(settings, release: release) {
      if case .buildStarted(_, let group) = $0 { groups.append(group) }
    }
    #expect(names(tree) == ["built"])
    #expect(try scratch.run(["cat", "\(tree.root)/built"]) == "production 20261120-173310\n")
    #expect(try scratch.run(["ls", "-A", "project"]) == "a\n")
    #expect(groups.count == 3)
    tree.remove()
    #expect(try exports().isEmpty)
  }

  @Test("with a build that fails names the command, its status and its last words")
  mutating func failingBuild() throws {
    try scratch.write("x", to: "project/a")
    settings.build = [
      "echo hi > a", "seq 1 100; printf 'red \\033[31m\\n' >&2; exit 7", "touch never",
    ]
    let error = #expect(throws: ShippingError.self) { try prepare(settings) }
    guard case .buildFailed(let command, 7, let lines) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(command == settings.build[1])
    #expect(lines.count == 40)
    #expect(lines.contains("red \\u{1b}[31m"))
    #expect(lines.contains("100"))
    #expect(try scratch.run(["cat", "project/a"]) == "x")
    #expect(try exports().isEmpty)
  }

  @Test("with a build that leaves something running does not wait for it", .timeLimit(.minutes(1)))
  mutating func backgroundBuild() throws {
    try scratch.write("x", to: "project/a")
    settings.build = ["sleep 600 & echo $! > pid"]
    let tree = try prepare(settings)
    let pid = try scratch.run(["cat", "\(tree.root)/pid"]).dropLast()
    // Dead, or dead and not yet reaped by whoever inherited it.
    let state = try Command(["ps", "-o", "stat=", "-p", String(pid)]).run().text
    #expect(state.isEmpty || state.hasPrefix("Z"))
  }

  // MARK: artifacts

  @Test(
    "that is an artifact is unpacked, whatever its name says",
    arguments: [
      (["tar", "-cf"], "shop.zip"), (["tar", "-czf"], "shop.tar"),
      (["tar", "--zstd", "-cf"], "shop"),
    ])
  mutating func artifact(words: [String], name: String) throws {
    try scratch.write("x", to: "made/top/a")
    try scratch.directory("project")
    try scratch.run(words + ["project/\(name)", "-C", "made", "top"])
    settings.source = .artifact(name)
    let tree = try prepare(settings)
    #expect(names(tree) == ["top", "top/a"])
    #expect(tree.origin.source == "artifact \(name)")
  }

  @Test("that is no archive, or half of one, is refused and leaves nothing behind")
  mutating func badArtifact() throws {
    try scratch.write("x", to: "made/a")
    try scratch.run(["sh", "-c", "head -c 300000 /dev/urandom > made/noise"])
    try scratch.directory("project")
    try scratch.run(["sh", "-c", "tar -czf - made | head -c 100000 > project/half.tgz"])
    try scratch.write("PK\u{3}\u{4}zip", to: "project/shop.zip")
    settings.source = .artifact("half.tgz")
    let half = #expect(throws: ShippingError.self) { try prepare(settings) }
    guard case .programFailed("gzip", 1, _) = half else {
      Issue.record("\(String(describing: half))")
      return
    }
    settings.source = .artifact("shop.zip")
    let zip = #expect(throws: ShippingError.self) { try prepare(settings) }
    #expect("\(String(describing: zip))".contains("zip archive"))
    settings.source = .artifact("gone.tgz")
    #expect(throws: ShippingError.self) { try prepare(settings) }
    #expect(try exports().isEmpty)
  }

  // MARK: exports

  @Test("sweeps what dead processes left, and nothing of the living")
  mutating func sweep() throws {
    try scratch.write("x", to: "project/a")
    let dead = try scratch.run(["sh", "-c", "echo $$"]).dropLast()
    try scratch.write("x", to: "state/exports/\(dead)-abcdef/tree/sub/a")
    try scratch.run(["chmod", "0500", "state/exports/\(dead)-abcdef/tree/sub"])
    try scratch.write("x", to: "state/exports/\(getpid())-abcdef/tree/a")
    try scratch.write("x", to: "state/exports/unrelated")
    try scratch.write("x", to: "kept")
    try scratch.run(["ln", "-s", scratch.path, "state/exports/\(dead)-abcdef/tree/out"])
    _ = try prepare(settings)
    #expect(try exports() == ["\(getpid())-abcdef", "unrelated"])
    #expect(try scratch.run(["cat", "kept"]) == "x")
  }
}
