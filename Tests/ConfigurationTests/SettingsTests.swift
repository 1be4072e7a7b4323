import Planning
import Testing

@testable import Configuration

@Suite("Settings of a stage")
struct SettingsTests {
  @Test("recipe, file, stage, host and flags lie over each other")
  func layers() throws {
    let recipe = """
      { "keep": 3, "logs": ["recipe.log"], "build": ["from recipe"],
        "shared": { "directories": ["storage"], "files": [".env"] } }
      """
    let text = """
      { "keep": 4, "build": ["from file"], "shared": { "files": [".env.local"] },
        "path": "/srv/top", "ssh": { "config": "/top", "identity": "/top" },
        "stages": { "production": {
          "build": [], "path": "/srv/stage/", "transport": "openssh",
          "ssh": { "identity": "/stage" },
          "hosts": ["web1", { "host": "web2", "path": "/srv/host", "ssh": { "identity": "/host" } }]
        } } }
      """
    let made = try settings(text, recipe: recipe)
    #expect(made.recipe == "test")
    #expect(made.keep == 4)
    #expect(made.build == [])
    #expect(made.logs == ["recipe.log"])
    #expect(made.shared.directories == ["storage"])
    #expect(made.shared.files == [".env.local"])
    #expect(made.hosts.map(\.path) == ["/srv/stage", "/srv/host"])
    #expect(made.hosts.map(\.transport) == [.openssh, .openssh])
    #expect(made.hosts.map(\.ssh.identity) == ["/stage", "/host"])
    #expect(made.hosts.map(\.ssh.config) == ["/top", "/top"])

    let flags = [
      Override(flag: "--keep", key: "keep", value: "9"),
      Override(flag: "--path", key: "path", value: "/srv/flag"),
      Override(flag: "--exclude", key: "exclude", value: "a"),
      Override(flag: "--exclude", key: "exclude", value: "b"),
      Override(flag: "--identity", key: "ssh.identity", value: "/flag"),
    ]
    let flagged = try settings(text, recipe: recipe, overrides: flags)
    #expect(flagged.keep == 9)
    #expect(flagged.exclude == ["a", "b"])
    #expect(flagged.hosts.map(\.path) == ["/srv/flag", "/srv/flag"])
    #expect(flagged.hosts.map(\.ssh.identity) == ["/flag", "/flag"])
    #expect(flagged.hosts.map(\.ssh.config) == ["/top", "/top"])
  }

  @Test(
    "hosts are read in their short and their long form",
    arguments: [
      (#""web1""#, nil, "web1", nil), (#""me@web1""#, "me", "web1", nil),
      (#""me@10.0.0.1:2222""#, "me", "10.0.0.1", 2222),
      (#"{ "host": "web1", "user": "me", "port": 22 }"#, "me", "web1", 22),
      (#"{ "transport": "local" }"#, nil, "localhost", nil),
      (#"{ "transport": "local", "host": "here" }"#, nil, "here", nil),
    ] as [(String, String?, String, Int?)])
  func hosts(text: String, user: String?, name: String, port: Int?) throws {
    let host = try #require(settings(#"{ "path": "/srv/x", "hosts": [\#(text)] }"#).hosts.first)
    #expect(host.user == user)
    #expect(host.name == name)
    #expect(host.port == port)
  }

  @Test("what a host says about itself is kept")
  func hostDetails() throws {
    let key = "SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg"
    let host = try #require(
      settings(
        #"{ "path": "/srv/x", "hosts": [{ "host": "a", "roles": ["web"], "host_key": "\#(key)" }] }"#
      ).hosts.first)
    #expect(host.roles == ["web"])
    #expect(host.hostKey == key)
  }

  @Test("two applications or two ports behind one name are two hosts")
  func neighbours() throws {
    let made = try settings(
      #"""
      { "path": "/srv/x", "hosts": ["a:1", "a:2", { "host": "a", "path": "/srv/y" },
        { "transport": "local" }, { "transport": "local", "path": "/srv/z" }] }
      """#)
    #expect(made.hosts.count == 5)
  }

  @Test(
    "sources start at the file",
    arguments: [
      (#"{ "git": "v1" }"#, .git(ref: "v1", repository: "/projects/shop")),
      (#"{ "git": "v1", "repository": "../api" }"#, .git(ref: "v1", repository: "/projects/api")),
      (#"{ "directory": "." }"#, .directory("/projects/shop")),
      (#"{ "directory": "site/./public/" }"#, .directory("/projects/shop/site/public")),
      (#"{ "directory": "~/site" }"#, .directory("/home/me/site")),
      (#"{ "artifact": "/tmp/a.tar" }"#, .artifact("/tmp/a.tar")),
    ] as [(String, Settings.Source)])
  func sources(text: String, source: Settings.Source) throws {
    #expect(try settings(file("\"source\": \(text)")).source == source)
  }

  @Test("another kind of source replaces the one below it, the same kind is refined")
  func sourceLayers() throws {
    let text = file(#""source": { "git": "main", "repository": "app" }"#)
    let other = [Override(flag: "--directory", key: "source.directory", value: "/x")]
    let same = [Override(flag: "--ref", key: "source.git", value: "v2")]
    #expect(try settings(text, overrides: other).source == .directory("/x"))
    #expect(
      try settings(text, overrides: same).source
        == .git(ref: "v2", repository: "/projects/shop/app"))
  }

  @Test("without a source it is the commit in a git work tree, else the directory")
  func defaultSource() throws {
    let directory = try TemporaryDirectory()
    try directory.write(file(""), to: "shop/deploy.json")
    let path = directory.path + "/shop"
    #expect(try load(path).source == .directory(path))
    #expect(try load(path).app == "shop")
    try directory.write("gitdir: elsewhere", to: ".git")
    #expect(try load(path).source == .git(ref: "HEAD", repository: path))
  }

  @Test("the project's folder names the application, wherever the file lies")
  func appName() throws {
    #expect(try settings(file("")).app == "shop")
    #expect(try settings(file(#""source": { "directory": "../api" }"#)).app == "api")
    #expect(try settings(file(#""app": "mine""#)).app == "mine")
  }

  @Test("paths of ssh start at the file or at home, and the environment is stronger")
  func sshPaths() throws {
    let text = file(
      #""ssh": { "config": "c", "identity": "~/.ssh/id", "known_hosts": ".deploy/known_hosts" }"#)
    let ssh = try #require(settings(text).hosts.first?.ssh)
    #expect(ssh.config == "/projects/shop/c")
    #expect(ssh.identity == "/home/me/.ssh/id")
    #expect(ssh.knownHosts == "/projects/shop/.deploy/known_hosts")
    let environment = ["DEPLOY_SSH_CONFIG": "/tmp/ssh_config"]
    #expect(
      try settings(text, environment: environment).hosts.map(\.ssh.config) == ["/tmp/ssh_config"])
    #expect(
      try settings(file(""), environment: environment).hosts.map(\.ssh.config)
        == ["/tmp/ssh_config"])
  }

  @Test("hooks are commands, with a time limit where one is given")
  func hooks() throws {
    let made = try settings(
      file(#""hooks": { "before_flip": ["a", { "run": "b", "timeout": 5 }], "after_flip": ["c"] }"#)
    )
    #expect(
      made.hooks.beforeFlip == [Settings.Hook(run: "a"), Settings.Hook(run: "b", timeout: 5)])
    #expect(made.hooks.afterFlip.map(\.run) == ["c"])
  }

  @Test("the only stage or the default one is meant when none is named")
  func stages() throws {
    let two = #""stages": { "staging": { "keep": 2 }, "production": { "keep": 9 } }"#
    #expect(try settings(file(#""stages": { "live": {} }"#)).stage == "live")
    #expect(try settings(file("")).stage == "default")
    #expect(try settings(file(#""default_stage": "production", \#(two)"#)).keep == 9)
    #expect(
      try settings(file(#""default_stage": "production", \#(two)"#), stage: "staging").keep == 2)
  }

  @Test("a recipe is asked for by name, by path or by what is found")
  func recipes() throws {
    #expect(
      try request(#""recipe": "laravel""#) == .named("laravel", at: at(12), in: "/projects/shop"))
    #expect(
      try request(#""recipe": "../r.json""#)
        == .file("/projects/r.json", at: at(12), in: "/projects/shop"))
    #expect(try request("") == .detected(in: "/projects/shop", file: "/projects/shop/deploy.json"))
    #expect(try request(#""recipe": "none""#) == nil)
  }

  private func at(_ column: Int) -> Location {
    Location(file: "/projects/shop/deploy.json", line: 1, column: column)
  }

  private func request(_ keys: String) throws -> RecipeRequest? {
    var asked: RecipeRequest?
    _ = try Configuration(
      Array(file(keys).utf8), file: "/projects/shop/deploy.json", environment: [:]
    ).settings(
      recipeLookup: { (request) throws(ConfigurationError) in
        asked = request
        return nil
      })
    return asked
  }

  private func load(_ directory: String) throws -> Settings {
    try Configuration.load(
      file: directory + "/deploy.json",
      recipeLookup: { (_) throws(ConfigurationError) in nil }, environment: [:])
  }
}
