import Configuration
import Foundation
import Planning
import TestSupport
import Testing

@testable import Recipes

/// What recipes say of `deploy down` and `deploy up`, run by a shell in a release.
@Suite("Maintenance in recipes")
struct MaintenanceRecipeTests {
  private func commands(_ recipe: String, _ key: String) throws -> [String] {
    let layer = try #require(try Catalog(ownRecipes: nil).recipe(recipe)).layer
    return layer.node["maintenance"]?[key]?.elements.compactMap(\.string) ?? []
  }

  @Test(
    "every recipe that goes down comes up, and the framework's own commands are the known ones",
    arguments: [
      ("laravel", "php artisan down", "php artisan up"),
      ("statamic", "php artisan down", "php artisan up"),
      ("drupal", "system.maintenance_mode 1", "system.maintenance_mode 0"),
      ("craft", "php craft off", "php craft on"),
      ("typo3", "backend:lock", "backend:unlock"),
    ])
  func known(recipe: String, down: String, up: String) throws {
    #expect(try commands(recipe, "down").contains { $0.contains(down) })
    #expect(try commands(recipe, "up").contains { $0.contains(up) })
  }

  @Test("no recipe goes down without a way up")
  func pairs() throws {
    for name in Catalog(ownRecipes: nil).names {
      #expect(try commands(name, "down").isEmpty == commands(name, "up").isEmpty, "\(name)")
    }
  }

  /// The file that the framework looks for, in a release.
  @Test(
    "where a file says it, it holds in every release while the site is down, and in none after that",
    arguments: [
      ("wordpress", ".maintenance"), ("bedrock", "web/wp/.maintenance"),
      ("magento2", "var/.maintenance.flag"),
    ])
  func files(recipe: String, file: String) throws {
    let scratch = try TreeScratch()
    try scratch.run(["sh", "-c", "mkdir -p shared releases/1/web/wp releases/2/web/wp"])
    func run(_ key: String, in release: Int) throws {
      for command in try commands(recipe, key) {
        try scratch.run(
          ["env", "DEPLOY_ROOT=\(scratch.path)", "sh", "-euc", command],
          in: "\(scratch.path)/releases/\(release)")
      }
    }
    func holds(in release: Int) -> Bool {
      FileManager.default.fileExists(atPath: "\(scratch.path)/releases/\(release)/\(file)")
    }
    try run("down", in: 1)
    #expect(holds(in: 1))
    // A push while the site is down.
    try run("down", in: 2)
    #expect(holds(in: 2))
    try run("up", in: 2)
    #expect(!holds(in: 1) && !holds(in: 2))
    #expect(try scratch.run(["find", "shared", "-mindepth", "1"]) == "")
    // Down again finds the links of the first time.
    try run("down", in: 2)
    #expect(holds(in: 1) && holds(in: 2))
  }

  @Test("WordPress believes its file however long it lasts")
  func wordPress() throws {
    let scratch = try TreeScratch()
    try scratch.run(["sh", "-c", "mkdir -p shared releases/1"])
    for command in try commands("wordpress", "down") {
      try scratch.run(
        ["env", "DEPLOY_ROOT=\(scratch.path)", "sh", "-euc", command],
        in: "\(scratch.path)/releases/1")
    }
    let said = try scratch.run([
      "php", "-r",
      "include 'releases/1/.maintenance'; echo time() - $upgrading < 5 ? 'now' : 'then';",
    ])
    #expect(said == "now")
  }
}
