import Configuration
import Foundation
import Planning
import Testing

@testable import Recipes

@Suite("The catalog of recipes")
struct CatalogTests {
  private let catalog = Catalog(ownRecipes: nil)

  @Test("holds a recipe for every framework we know")
  func names() {
    #expect(
      catalog.names == [
        "astro", "bedrock", "cakephp", "codeigniter4", "craft", "django", "drupal", "flask",
        "generic-php", "hugo", "laminas", "laravel", "magento2", "nextjs", "node", "nuxt",
        "orangescrum", "phoenix", "rails", "remix", "statamic", "static", "sveltekit", "symfony",
        "typo3", "vite-spa", "wordpress", "yii2",
      ])
    #expect(catalog.inventory.broken.isEmpty)
  }

  @Test("every recipe is read, has a title and can be detected", arguments: Self.embedded)
  func parses(name: String) throws {
    let recipe = try #require(try catalog.recipe(name))
    #expect(recipe.title != name)
    #expect(recipe.priority != nil)
    #expect(!recipe.all.isEmpty || !recipe.any.isEmpty)
  }

  @Test(
    "a skeleton has every shared directory of its recipe, and nothing else",
    arguments: Self.embedded)
  func skeletons(name: String) throws {
    let recipe = try #require(try catalog.recipe(name))
    // The embedded tree by itself: what the recipe says is added to a skeleton in any case.
    let root = "shared-skeleton/\(name)/"
    let tree = EmbeddedFiles.all.map(\.path).filter { $0.hasPrefix(root) }
      .map { String($0.dropFirst(root.count)) }
    #expect(!tree.isEmpty, "\(root) is missing")
    for directory in recipe.sharedDirectories {
      #expect(tree.contains { $0.hasPrefix(directory + "/") }, "\(directory)")
    }
    for path in tree where path != ".gitkeep" && path != ".modes" {
      #expect(
        recipe.sharedDirectories.contains { path.hasPrefix($0 + "/") }, "\(path) is not shared")
    }
    // A secret is the host's own; a skeleton with one would hide that it is missing.
    for file in recipe.sharedFiles { #expect(!tree.contains(file)) }
  }

  @Test("every line of a skeleton's modes speaks of a directory", arguments: Self.embedded)
  func modes(name: String) throws {
    let skeleton = catalog.skeleton(for: try #require(try catalog.recipe(name)))
    let file = EmbeddedFiles.all.first { $0.path == "shared-skeleton/\(name)/.modes" }
    #expect((file == nil) == skeleton.directories.isEmpty)
    for line in SkeletonMode.lines(file?.bytes ?? []) {
      let mode = try #require(SkeletonMode(line), "\(line)")
      #expect(skeleton.modes[mode.path] == mode.mode)
    }
    #expect(!skeleton.files.contains { $0.path.hasSuffix(".modes") })
  }

  @Test("a mode holds for what is below, and the last line that speaks of a directory counts")
  func nestedModes() {
    let lines = SkeletonMode.read(Array("# why\n2775 a\n700  a/b\nx y\n775\n99999 a\n".utf8))
    #expect(
      SkeletonMode.modes(of: ["a", "a/b", "a/b/c", "ab", "a/d"], by: lines)
        == ["a": 0o2775, "a/b": 0o700, "a/b/c": 0o700, "a/d": 0o2775])
  }

  @Test(
    "nothing of a docroot is declared twice, and its patterns are below it", arguments: embedded)
  func docroots(name: String) throws {
    let settings = try settings(#""recipe": "\#(name)""#)
    let docroot = settings.docroot
    let persistent = docroot.persistent.map(docroot.path)
    for directory in settings.shared.directories {
      #expect(!persistent.contains(directory + "/**"), "\(directory)")
      // Linking the docroot itself would freeze what is shipped there.
      #expect(directory != docroot.root)
    }
    for pattern in docroot.persistent + docroot.build + docroot.regenerable {
      #expect(!pattern.hasPrefix("/"))
      #expect(docroot.root == "." || !pattern.hasPrefix("\(docroot.root ?? "")/"), "\(pattern)")
    }
    for pattern in docroot.persistent {
      #expect(PathPattern(pattern).wholeDirectory != nil, "\(pattern)")
    }
  }

  @Test(
    "the docroot is that of the project's layout",
    arguments: [
      ("generic-php", ["index.php"], "."),
      ("generic-php", ["public/index.php", "x.php"], "public"),
      ("generic-php", ["composer.json"], nil), ("drupal", ["docroot/index.php"], "docroot"),
      ("drupal", ["web/index.php"], "web"), ("craft", ["public/index.php"], "public"),
      ("craft", [], "web"), ("static", ["_config.yml", "index.html"], "_site"),
      ("static", ["mkdocs.yml"], "site"), ("static", ["index.html"], "."), ("vite-spa", [], "dist"),
    ] as [(String, [String], String?)])
  func layouts(recipe: String, files: [String], root: String?) throws {
    let project = Dictionary(uniqueKeysWithValues: files.map { ($0, "") })
    let settings = try settings(#""recipe": "\#(recipe)""#, project)
    #expect(settings.docroot.root == root)
    for directory in settings.shared.directories where recipe == "drupal" {
      #expect(directory.hasPrefix("\(root ?? "")/"))
    }
  }

  @Test("the project's own words lie over those of a variant")
  func overVariant() throws {
    let own = #""recipe": "generic-php", "public": { "root": "htdocs" }"#
    let settings = try settings(own, ["index.php": ""])
    #expect(settings.docroot.root == "htdocs")
    #expect(settings.docroot.persistent == ["uploads/**", "userfiles/**"])
  }

  @Test("hooks keep to the order that frameworks demand", arguments: Self.embedded)
  func hooks(name: String) throws {
    let settings = try settings(#""recipe": "\#(name)""#)
    let hooks = (settings.hooks.beforeFlip + settings.hooks.afterFlip).map(\.run)
    // Only the project knows whether the live release works with the migrated database.
    for hook in hooks { #expect(!hook.contains("migrate") && !hook.contains("upgrade")) }
    let after = settings.hooks.afterFlip.map(\.run)
    if let restart = after.firstIndex(where: { $0.contains("queue:restart") }) {
      #expect(restart == after.endIndex - 1)
    }
    // Caches hold absolute paths: they are made on the host.
    for command in settings.build {
      #expect(!command.contains("artisan optimize") && !command.contains("cache:clear"))
    }
  }

  @Test("every command is one that a shell can read", arguments: Self.embedded)
  func commands(name: String) throws {
    let settings = try settings(#""recipe": "\#(name)""#)
    let hooks = settings.hooks.beforeFlip + settings.hooks.afterFlip
    for command in settings.build + hooks.map(\.run) {
      let shell = Process()
      shell.executableURL = URL(filePath: "/bin/sh")
      shell.arguments = ["-n", "-c", command]
      try shell.run()
      shell.waitUntilExit()
      #expect(shell.terminationStatus == 0, "\(command)")
    }
  }

  @Test("every danger says what goes wrong and what to do", arguments: Self.embedded)
  func dangers(name: String) throws {
    for danger in try settings(#""recipe": "\#(name)""#).dangers {
      #expect(!danger.files.isEmpty && danger.next != nil)
      for file in danger.files { #expect(!file.hasPrefix("/")) }
    }
  }

  @Test("every skeleton belongs to a recipe")
  func noStraySkeletons() {
    let skeletons = EmbeddedFiles.all.map(\.path).filter { $0.hasPrefix("shared-skeleton/") }
      .compactMap { $0.split(separator: "/").dropFirst().first.map(String.init) }
    #expect(Set(skeletons) == Set(catalog.names))
  }

  @Test(
    "the files that a host keeps for itself are not sent along from a developer's directory",
    arguments: Self.embedded)
  func excluded(name: String) throws {
    let settings = try settings(#""recipe": "\#(name)""#)
    for file in settings.shared.files {
      #expect(settings.exclude.contains { matches("/" + file, $0) }, "\(file)")
    }
  }

  @Test("a skeleton lists directories after their parents")
  func laravelSkeleton() throws {
    let skeleton = catalog.skeleton(for: try #require(try catalog.recipe("laravel")))
    #expect(
      skeleton.directories == [
        "storage", "storage/app", "storage/app/private", "storage/app/public", "storage/framework",
        "storage/framework/cache", "storage/framework/cache/data", "storage/framework/sessions",
        "storage/framework/testing", "storage/framework/views", "storage/logs",
      ])
    #expect(skeleton.files == [])
    #expect(Set(skeleton.modes.keys) == Set(skeleton.directories))
    #expect(Set(skeleton.modes.values) == [0o2775])
    let drupal = catalog.skeleton(for: try #require(try catalog.recipe("drupal")))
    #expect(drupal.directories.last == "web/sites/default/files")
  }

  @Test("a user's own recipe is added, replaces one of ours, and has a skeleton too")
  func ownRecipes() throws {
    let text = #"{ "title": "Mine", "shared": { "directories": ["a/b"], "files": ["c/d.key"] } }"#
    let home = try ProjectFixture([
      ".config/deploy/recipes/mine.json": text, ".config/deploy/recipes/laravel.json": text,
      ".config/deploy/recipes/notes.txt": "no recipe",
    ])
    let catalog = Catalog(environment: ["HOME": home.path])
    #expect(Set(catalog.names) == Set(self.catalog.names + ["mine"]))
    #expect(try catalog.recipe("laravel")?.title == "Mine")
    let mine = try #require(try catalog.recipe("mine"))
    #expect(catalog.skeleton(for: mine).directories == ["a", "a/b", "c"])
    #expect(
      Catalog(environment: ["XDG_CONFIG_HOME": "\(home.path)/.config"]).names.contains("mine"))
  }

  @Test("a recipe of one's own with a mistake is known by its place and leaves others alone")
  func broken() throws {
    let home = try ProjectFixture([
      ".config/deploy/recipes/broken.json": "{\n  \"keep\": many\n}",
      ".config/deploy/recipes/mine.json": #"{ "title": "Mine" }"#,
      ".config/deploy/recipes/other.json":
        #"{ "detect": { "priority": 99, "all": ["gem:sinatra"] }, "sharde": {} }"#,
    ])
    let folder = "\(home.path)/.config/deploy/recipes"
    let catalog = Catalog(environment: ["HOME": home.path])
    let broken = catalog.inventory.broken.map { "\($0.error)" }
    #expect(
      broken == [
        "\(folder)/broken.json:2:11: found 'many', expected a value",
        "\(folder)/other.json:1:57: key 'sharde': is not known; nearest valid key 'shared'",
      ])
    let usable = catalog.inventory.recipes.map(\.name)
    #expect(Set(usable) == Set(catalog.names).subtracting(["broken", "other"]))
    #expect(throws: ConfigurationError.self) { try catalog.recipe("broken") }
  }

  @Test("a broken recipe stops only the detection of what it may be meant for")
  func brokenDetection() throws {
    let home = try ProjectFixture([
      ".config/deploy/recipes/other.json":
        #"{ "detect": { "priority": 99, "all": ["gem:sinatra"] }, "sharde": {} }"#
    ])
    let detection = Detection(catalog: Catalog(environment: ["HOME": home.path]))
    let laravel = try ProjectFixture(DetectionTests.laravel)
    #expect(try detection.detect(in: laravel.path).first?.recipe.name == "laravel")
    let sinatra = try ProjectFixture(["Gemfile": "gem 'sinatra'\n", "index.html": ""])
    #expect(throws: ConfigurationError.self) { try detection.detect(in: sinatra.path) }
    #expect(detection.matches(in: sinatra.path).map(\.recipe.name) == ["static"])
    let unreadable = try ProjectFixture([".config/deploy/recipes/x.json": "{"])
    let careful = Detection(catalog: Catalog(environment: ["HOME": unreadable.path]))
    #expect(throws: ConfigurationError.self) { try careful.detect(in: laravel.path) }
  }

  @Test("deploy.json lies over the recipe it names, finds or points to")
  func lookup() throws {
    #expect(try settings(#""recipe": "laravel""#).shared.directories == ["storage"])
    #expect(try settings(#""recipe": "laravel""#).recipe == "laravel")
    #expect(
      try settings(#""recipe": "laravel", "shared": { "files": [] }"#).shared.directories
        == ["storage"])
    #expect(try settings(#""recipe": "laravel", "shared": { "files": [] }"#).shared.files == [])
    #expect(try settings(#""recipe": "none""#, ["index.html": ""]).recipe == nil)
    #expect(try settings("", ["index.html": ""]).recipe == "static")
    #expect(try settings("").recipe == nil)
    let own = try settings(#""recipe": "ops/own.json""#, ["ops/own.json": #"{ "keep": 7 }"#])
    #expect(own.recipe == "own")
    #expect(own.keep == 7)
  }

  @Test(
    "workers of a known kind are told of every flip, where the project has them",
    arguments: [
      ("laravel", "laravel/horizon", "horizon", true),
      ("statamic", "laravel/horizon", "horizon", true),
      ("symfony", "symfony/messenger", "messenger", false),
    ])
  func services(recipe: String, package: String, kind: String, isRequired: Bool) throws {
    let with = try settings(#""recipe": "\#(recipe)""#, ["composer.json": composer(package)])
    #expect(with.services.map(\.kind.rawValue) == [kind])
    #expect(with.services.allSatisfy { $0.isRequired == isRequired })
    #expect(try settings(#""recipe": "\#(recipe)""#).services.isEmpty)
  }

  @Test(
    "a recipe that is not there is answered with the nearest one",
    arguments: [
      ("larvel", "key 'recipe': there is no recipe 'larvel'; did you mean 'laravel'?"),
      (
        "cobol",
        "key 'recipe': there is no recipe 'cobol'; recipes are "
          + Catalog(ownRecipes: nil).names.joined(separator: ", ") + ", none"
      ),
      ("x/y.json", "x/y.json, expected a recipe file that can be read"),
    ])
  func missing(name: String, message: String) {
    #expect {
      try settings(#""recipe": "\#(name)""#)
    } throws: { error in
      "\(error)".contains("deploy.json:1:13: key 'recipe': ") && "\(error)".hasSuffix(message)
    }
  }

  private func settings(_ keys: String, _ files: [String: String] = [:]) throws -> Settings {
    let text = "{ \(keys)\(keys.isEmpty ? "" : ",") \"hosts\": [\"h\"], \"path\": \"/srv/x\" }"
    let project = try ProjectFixture(files.merging(["deploy.json": text]) { $1 })
    return try Configuration.load(
      file: project.path + "/deploy.json", recipeLookup: catalog.lookup, environment: [:])
  }

  /// Enough of ignore rules for those of the recipes: a leading slash, and `*` inside a name.
  private func matches(_ path: String, _ pattern: String) -> Bool {
    fnmatch(pattern, path, FNM_PATHNAME) == 0
  }

  private static let embedded = Catalog(ownRecipes: nil).names
}
