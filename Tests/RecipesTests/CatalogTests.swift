import Configuration
import Foundation
import Planning
import Testing

@testable import Recipes

@Suite("The catalog of recipes")
struct CatalogTests {
  private let catalog = Catalog(ownRecipes: nil)

  @Test("holds the recipes of the first day")
  func names() {
    #expect(
      catalog.names == [
        "bedrock", "craft", "django", "drupal", "generic-php", "laravel", "node", "rails", "static",
        "symfony", "wordpress",
      ])
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
    for path in tree where path != ".gitkeep" {
      #expect(
        recipe.sharedDirectories.contains { path.hasPrefix($0 + "/") }, "\(path) is not shared")
    }
    // A secret is the host's own; a skeleton with one would hide that it is missing.
    for file in recipe.sharedFiles { #expect(!tree.contains(file)) }
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
    "a recipe that is not there is answered with the nearest one",
    arguments: [
      ("larvel", "key 'recipe': there is no recipe 'larvel'; did you mean 'laravel'?"),
      (
        "cobol",
        "key 'recipe': there is no recipe 'cobol'; recipes are bedrock, craft, django, drupal, "
          + "generic-php, laravel, node, rails, static, symfony, wordpress, none"
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
