import Glibc
import TestSupport
import Testing

@testable import deploy

@Suite("A container's links")
struct ContainerTests {
  @Test("OrangeScrum's eleven need no word of configuration")
  func derived() async throws {
    let scene = try Scene([
      "recipe": #""orangescrum""#, "container": #"{ "binary": "/app/server" }"#,
    ])
    let ending = await scene.deploy("container", "links", "--json")
    let required = ending.results.split(separator: "\n").filter { $0.contains(#""required":true"#) }
    #expect(
      required.map { $0.split(separator: "\"")[7] } == [
        "tmp/cache/models", "tmp/cache/persistent", "tmp/cache/views", "logs", "tmp/sessions",
        "webroot/files", "webroot/csv", "webroot/invoice-logo", "webroot/timesheetpdf",
        "webroot/pdfreports", "config/app_local.php",
      ])
    #expect(
      required.last?.contains(#""class":"file","target":"/data/config/app_local.php""#) == true)
  }

  @Test("what is written down comes first, and nothing is linked within it")
  func overlapping() async throws {
    let scene = try Scene([
      "recipe": #""orangescrum""#,
      "container": """
      { "binary": "/b", "links": [
        { "path": "webroot", "target": "/data/all of it/", "class": "empty", "required": false } ] }
      """,
    ])
    let ending = await scene.deploy("container", "links", "--json")
    #expect(ending.results.contains(#""target":"/data/all of it","required":false"#))
    #expect(!ending.results.contains("webroot/"))
  }

  @Test("without a container in deploy.json, it is said what to write")
  func none() async throws {
    for action in ["links", "boot", "override"] {
      let ending = await (try Scene()).deploy("container", action)
      #expect(ending.status == 2)
      #expect(ending.reports.contains(#"add "container": {"#))
    }
  }

  @Test("the override gives the command back that an entry point takes away")
  func override() async throws {
    let scene = try Scene([
      "container": #"""
      { "binary": "/b", "service": "web", "tmpdir": "/run/$app", "command": ["run", "--config", "/etc/C"] }
      """#
    ])
    let ending = await scene.deploy("container", "override", "--script", "/srv/boot.sh")
    #expect(
      ending.results
        == #"{"services":{"web":{"entrypoint":["/bin/sh","/deploy/boot.sh"],"#
        + #""command":["run","--config","/etc/C"],"volumes":[{"type":"bind","#
        + #""source":"/srv/boot.sh","target":"/deploy/boot.sh","read_only":true}],"#
        + #""environment":{"TMPDIR":"/run/$$app"}}}}"# + "\n")
  }
}

@Suite("A container's start", .enabled(if: geteuid() == 0), .timeLimit(.minutes(5)))
struct ContainerStartTests {
  @Test("unpacks, seeds, links, and becomes the server", arguments: Shell.all)
  func first(shell: Shell) async throws {
    let boot = try ContainerBoot(shell)
    let start = try await boot.start()
    #expect(start.status == 0, "\(start.errors)")
    #expect(start.output == "serving php-server --listen :80\n")
    #expect(
      try boot.volume() == """
        ./config/app_local.php:config
        ./webroot/files/.htaccess:deny
        ./webroot/files/photos/a b.png:face

        """)
    let links = try boot.scene.scratch.run(
      ["find", "-H", "deploy-app", "-type", "l", "-printf", "%P %l\n"], in: boot.unpacking)
    #expect(links.contains("webroot/files \(boot.data)/webroot/files\n"))
    #expect(
      links.contains(
        "tmp/cache/views \(boot.data)/tmp/cache/views/\(String(repeating: "1", count: 32))"))
    #expect(links.split(separator: "\n").count == 15)
    #expect(start.errors.contains("no volume for webroot/DownloadTask,") == false)
  }

  @Test("what users changed stays, what a new build brings arrives", arguments: Shell.all)
  func upgrade(shell: Shell) async throws {
    let boot = try ContainerBoot(shell)
    let first = try await boot.start(environment: ["WRITE": "webroot/files/upload"])
    #expect(first.status == 0, "\(first.errors)")
    try boot.scene.scratch.write("edited\n", to: "data/webroot/files/.htaccess")
    try boot.build("2")
    try boot.write("deny more\n", to: "webroot/files/.htaccess")
    try boot.write("new\n", to: "webroot/files/new default")
    let second = try await boot.start()
    #expect(second.status == 0, "\(second.errors)")
    #expect(
      try boot.volume() == """
        ./config/app_local.php:config
        ./webroot/files/.htaccess:edited
        ./webroot/files/new default:new
        ./webroot/files/photos/a b.png:face
        ./webroot/files/upload:upload

        """)
    let trees = try boot.scene.scratch.run(["sh", "-c", "echo frankenphp_*"], in: boot.unpacking)
    #expect(trees == "frankenphp_\(String(repeating: "2", count: 32))\n")
  }

  @Test("what a killed start left half done is whole after the next", arguments: Shell.all)
  func killed(shell: Shell) async throws {
    let boot = try ContainerBoot(shell)
    for number in 0..<60 { try boot.write("\(number)\n", to: "webroot/files/many/\(number)") }
    for tenths in 1...6 { _ = try await boot.start(killedAfter: tenths) }
    // Half an unpacked file, which the server itself takes for a whole one.
    try boot.scene.scratch.write(
      "ha", to: "unpacking/frankenphp_\(String(repeating: "1", count: 32))/webroot/index.php")
    let start = try await boot.start()
    #expect(start.status == 0, "\(start.errors)")
    #expect(try boot.volume().split(separator: "\n").count == 63)
    #expect(try boot.shown("webroot/index.php") == "page\n")
    let parts = try boot.scene.scratch.run([
      "find", boot.data, boot.unpacking, "-name", "*deploy-part*",
    ])
    #expect(parts == "")
    let scratch = try boot.scene.scratch.run(["find", boot.unpacking, "-name", "deploy-boot.*"])
    #expect(scratch == "")
  }

  /// Surroundings that are not right, and the words that name them.
  static let refusals:
    [(name: String, prepare: String, mounts: String, environment: [String: String], says: String)] =
      [
        ("no volume", "", "true", [:], "is not on a volume, so what is written there dies"),
        (
          "read-only", "", "mount --bind $DATA $DATA && mount -o remount,ro,bind $DATA", [:],
          "cannot be written to by uid 0: "
        ),
        (
          "full", "",
          "mount -t tmpfs -o size=64k,nr_inodes=1k none $DATA && cat /dev/zero >$DATA/fill 2>/dev/null || :",
          [:],
          "No space left"
        ),
        (
          "an old binary", "", "mount --bind $DATA $DATA", ["VERSION": "1.2.5"],
          "FrankenPHP 1.2 unpacks over links"
        ),
        (
          "no application", "rm $SOURCE/vendor/autoload.php", "mount --bind $DATA $DATA", [:],
          "has no vendor/autoload.php"
        ),
        (
          "a volume in the tree",
          "mkdir -p $TREE/webroot/files; echo theirs >$TREE/webroot/files/x",
          "mount --bind $DATA $DATA && mount --bind $TREE/webroot/files $TREE/webroot/files", [:],
          "FrankenPHP empties it when it stops"
        ),
        (
          "a directory for a file", "mkdir -p $DATA/config/app_local.php",
          "mount --bind $DATA $DATA", [:],
          "app_local.php is a directory"
        ),
        (
          "a planted link",
          "mkdir -p $DATA/webroot/files $DATA/../out; ln -s $DATA/../out $DATA/webroot/files/photos",
          "mount --bind $DATA $DATA", [:], "is a link that leads elsewhere"
        ),
      ]

  @Test(
    "what is not right is named, and nothing starts or is lost", arguments: Shell.all,
    refusals.indices)
  func refused(shell: Shell, index: Int) async throws {
    let refusal = Self.refusals[index]
    let boot = try ContainerBoot(shell)
    let tree = "\(boot.unpacking)/frankenphp_\(String(repeating: "1", count: 32))"
    let names = "DATA='\(boot.data)' SOURCE='\(boot.source)' TREE='\(tree)';"
    try boot.scene.scratch.run(["sh", "-ec", "\(names) \(refusal.prepare)"])
    let start = try await boot.start(
      mounts: "\(names) \(refusal.mounts)", environment: refusal.environment)
    #expect(start.status == 78, "\(refusal.name): \(start.output)\(start.errors)")
    #expect(start.output == "", "\(refusal.name)")
    #expect(start.errors.contains(refusal.says), "\(refusal.name): \(start.errors)")
    #expect(start.errors.contains("The server was not started"))
    let outside = try boot.scene.scratch.run([
      "sh", "-c",
      "ls '\(boot.data)/../out' 2>/dev/null; cat '\(tree)/webroot/files/x' 2>/dev/null || :",
    ])
    #expect(outside == (refusal.name == "a volume in the tree" ? "theirs\n" : ""))
  }

  @Test("beside a server that runs, nothing is touched", arguments: [Shell.dash, .bareBusybox])
  func second(shell: Shell) async throws {
    let boot = try ContainerBoot(shell)
    try boot.scene.scratch.write("running", to: "unpacking/frankenphp_1/x")
    let start = try await boot.start(
      mounts: """
        mount --bind '\(boot.data)' '\(boot.data)'
        { sh -c 'sleep 30; :' '\(boot.scene.scratch.path)/server' & }
        """)
    #expect(start.status == 78)
    #expect(start.errors.contains("/server runs in this container already"))
    #expect(try boot.scene.scratch.run(["ls", boot.unpacking]) == "frankenphp_1\n")
  }

  @Test("two that start at once on one volume both serve", arguments: Shell.all)
  func together(shell: Shell) async throws {
    let boot = try ContainerBoot(shell)
    for number in 0..<40 { try boot.write("\(number)\n", to: "webroot/files/many/\(number)") }
    let other = "\(boot.scene.scratch.path)/unpacking 2"
    try boot.scene.scratch.directory("unpacking 2")
    async let one = boot.start()
    async let two = boot.start(environment: ["TMPDIR": other])
    let statuses = try await [one.status, two.status]
    #expect(statuses == [0, 0])
    #expect(try boot.volume().split(separator: "\n").count == 43)
  }
}
