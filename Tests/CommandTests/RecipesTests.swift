import Foundation
import TestSupport
import Testing

@testable import deploy

@Suite("deploy recipes")
struct RecipesTests {
  private static let mine = """
    {
      // Ours, because the framework is our own.
      "title": "Shop of our own",
      "detect": { "priority": 95, "all": ["file:shop.ini"] },
      "shared": { "directories": ["data/uploads"] },
    }

    """

  @Test("lists every recipe, and whose it is")
  func list() async throws {
    let scene = try Scene()
    try scene.scratch.write(Self.mine, to: ".config/deploy/recipes/shop.json")
    let ending = await scene.deploy("recipes")
    #expect(ending.status == 0)
    let lines = ending.results.split(separator: "\n").map(String.init)
    #expect(
      lines.contains {
        $0.hasPrefix("laravel ") && $0.hasSuffix("80        deploy  Laravel 8 to 13")
      })
    #expect(
      lines.contains { $0.hasPrefix("shop ") && $0.hasSuffix("95        you     Shop of our own") })
    #expect(lines.count == 30)
    let json = await scene.deploy("recipes", "--json")
    #expect(
      json.results.contains(
        #"{"event":"recipe","name":"laravel","title":"Laravel 8 to 13","priority":80,"own":false,"#)
    )
  }

  @Test("shows a recipe as it was written, and what it brings to shared/")
  func show() async throws {
    let scene = try Scene()
    let ending = await scene.deploy("recipes", "show", "laravel")
    #expect(ending.status == 0)
    let package = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
    let text = try String(contentsOfFile: package + "/recipes/laravel.json", encoding: .utf8)
    #expect(ending.results.hasPrefix(text))
    #expect(ending.results.contains("\n  2775  storage/framework/views/\n"))
    let hugo = await scene.deploy("recipes", "show", "hugo")
    #expect(hugo.results.hasSuffix("shared/ on a new host\n  nothing\n"))
  }

  @Test("shows one of your own by its name and by its path")
  func showOwn() async throws {
    let scene = try Scene()
    try scene.scratch.write(Self.mine, to: ".config/deploy/recipes/shop.json")
    let path = "\(scene.scratch.path)/.config/deploy/recipes/shop.json"
    for name in ["shop", path] {
      let ending = await scene.deploy("recipes", "show", name)
      #expect(ending.status == 0, "\(ending.reports)")
      #expect(ending.results.hasPrefix(Self.mine))
      #expect(ending.results.hasSuffix("        data/\n        data/uploads/\n"))
      let json = await scene.deploy("recipes", "show", name, "--json")
      #expect(json.results.contains(#""own":true,"file":"\#(path)""#))
      #expect(json.results.contains(#"{"path":"data/uploads","mode":null}"#))
    }
  }

  @Test("a name that no recipe has is answered with the nearest one")
  func mistakes() async throws {
    let scene = try Scene()
    let misspelt = await scene.deploy("recipes", "show", "larvel")
    #expect(misspelt.status == 2)
    #expect(misspelt.reports.contains("there is no recipe 'larvel'"))
    #expect(misspelt.reports.contains("`deploy recipes show laravel`"))
    #expect(await scene.deploy("recipes", "show").reports.contains("needs <name>"))
    #expect(await scene.deploy("recipes", "shwo").reports.contains("expected show or detect"))
    #expect(await scene.deploy("recipes", "detect", "x").reports.contains("one word too many"))
    #expect(await scene.deploy("recipes", "show", "/nowhere/x.json").status == 2)
  }

  @Test("says which recipe fits, why, what it outranks and where the docroot is")
  func detect() async throws {
    let scene = try Scene()
    try scene.scratch.write("", to: "project/artisan")
    try scene.scratch.write("", to: "project/bootstrap/app.php")
    try scene.scratch.write(
      #"{"require": {"laravel/framework": "^11.0"}}"#, to: "project/composer.json")
    let because = "laravel, because artisan, bootstrap/app.php, laravel/framework"
    let before = await scene.deploy("recipes", "detect")
    #expect(
      before.results.hasPrefix("\(because) ^11.0 in composer.json\n  outranks: generic-php (10)\n"))
    #expect(before.results.contains("  docroot:  public, which is not here"))

    try scene.scratch.write(
      #"{"packages": [{"name": "laravel/framework", "version": "v11.31.0"}]}"#,
      to: "project/composer.lock")
    try scene.scratch.write("", to: "project/public/index.php")
    let after = await scene.deploy("recipes", "detect")
    #expect(after.results.hasPrefix("\(because) 11.31.0 in composer.lock\n"))
    #expect(after.results.hasSuffix("  docroot:  public\n"))
    let json = await scene.deploy("recipes", "detect", "--json")
    #expect(
      json.results.hasPrefix(
        #"{"event":"detected","recipe":"laravel","evidence":["artisan","bootstrap/app.php","#
          + #""laravel/framework 11.31.0 in composer.lock"],"docroot":"public","candidates":[{"#))
  }

  @Test("what fits equally well is left to you, and says so")
  func tie() async throws {
    let scene = try Scene()
    try scene.scratch.write(
      #"{"dependencies": {"next": "^15", "nuxt": "^3"}}"#, to: "project/package.json")
    let ending = await scene.deploy("recipes", "detect")
    #expect(ending.status == 2)
    #expect(
      ending.reports.contains(
        "set key 'recipe', for several fit equally well: nextjs, because next ^15 in package.json; "
          + "nuxt, because nuxt ^3 in package.json"))
    let json = await scene.deploy("recipes", "detect", "--json")
    #expect(json.results.hasPrefix(#"{"event":"detected","recipe":null,"evidence":[],"#))
    let plain = await (try Scene()).deploy("recipes", "detect")
    #expect(plain.results == "generic-php, because index.php\n  docroot:  .\n")
  }

  @Test("two applications below a directory are two, each with its own deploy.json")
  func twoRoots() async throws {
    let scene = try Scene()
    try scene.scratch.write(#"{"dependencies": {"next": "^15"}}"#, to: "both/web/package.json")
    try scene.scratch.write("<?php", to: "both/api/index.php")
    let config = "\(scene.scratch.path)/both/deploy.json"
    let ending = await scene.deploy("recipes", "detect", "--config", config)
    #expect(ending.status == 0)
    #expect(
      ending.results == """
        no recipe fits here, but in directories below; each wants a deploy.json of its own:
          api/: generic-php, because index.php
          web/: nextjs, because next ^15 in package.json

        """)
    let nowhere = "\(scene.scratch.path)/both/deploy.json/deploy.json"
    let none = await scene.deploy("recipes", "detect", "--config", nowhere)
    #expect(none.results.hasPrefix("no recipe fits; "))
  }

  @Test("your own recipe is used when it is detected, and when deploy.json names its path")
  func own() async throws {
    let detected = try Scene()
    try detected.scratch.write(Self.mine, to: ".config/deploy/recipes/shop.json")
    try detected.scratch.write("", to: "project/shop.ini")
    #expect(
      await detected.deploy("recipes", "detect").results.hasPrefix("shop, because shop.ini\n"))
    // Without the key.
    let path = "\"path\": \"\(detected.root)\""
    try detected.scratch.write(
      "{ \"app\": \"x\", \"hosts\": [{ \"host\": \"web1\", \"transport\": \"local\" }], \(path) }",
      to: "project/deploy.json")
    let setup = await detected.deploy("setup", "--dry-run")
    #expect(setup.results.contains("make shared/data/uploads if it is missing"), "\(setup.reports)")

    let named = try Scene(["recipe": #""./my.json""#])
    try named.scratch.write(Self.mine, to: "project/my.json")
    let other = await named.deploy("setup", "--dry-run")
    #expect(other.results.contains("make shared/data/uploads if it is missing"), "\(other.reports)")
  }

  @Test("your own recipe with a mistake is named by its line, and only matters where it is meant")
  func broken() async throws {
    let scene = try Scene()
    let file = ".config/deploy/recipes/shop.json"
    try scene.scratch.write(
      "{\n  \"detect\": { \"priority\": 95, \"all\": [\"file:shop.ini\"] },\n  \"kep\": 3\n}",
      to: file)
    let place =
      "\(scene.scratch.path)/\(file):3:3: key 'kep': is not known; nearest valid key 'keep'"
    let list = await scene.deploy("recipes")
    #expect(list.status == 0)
    #expect(list.reports.contains(place))
    let other = await scene.deploy("recipes", "detect")
    #expect(other.status == 0)
    #expect(other.results.hasPrefix("generic-php, because index.php\n"))
    #expect(other.reports.contains(place))
    #expect(await scene.deploy("recipes", "show", "shop").status == 2)

    try scene.scratch.write("", to: "project/shop.ini")
    let meant = await scene.deploy("recipes", "detect")
    #expect(meant.status == 2)
    #expect(meant.reports.contains(place))
  }

  struct Travel: Sendable, CustomTestStringConvertible {
    let recipe: String
    let sent: [String]
    let left: [String]

    var testDescription: String { recipe }
  }

  /// A directory on a developer's machine holds what no repository does.
  static let travels = [
    Travel(
      recipe: "laravel", sent: ["artisan", "public/build/a.js", "vendor/x/tests/a.php"],
      left: [
        ".env", "public/hot", "public/storage/a.jpg", "storage/oauth-private.key",
        "bootstrap/cache/config.php", "database/database.sqlite", "node_modules/a/a.js",
      ]),
    Travel(
      recipe: "symfony", sent: [".env", "public/build/a.js", "vendor/x/var/a.php"],
      left: [".env.local", ".env.prod.local", "var/cache/prod/a.php", "var/data_dev.db"]),
    Travel(
      recipe: "orangescrum",
      sent: ["webroot/files/case_files/.htaccess", "webroot/csv/dummy_project/a.csv"],
      left: ["config/app_local.php", "tmp/cache/models/a", "logs/error.log"]),
    Travel(
      recipe: "magento2",
      sent: [
        "pub/media/.htaccess", "pub/media/customer/.htaccess", "pub/static/deployed_version.txt",
        "generated/code/a.php", "vendor/x/var/a.php",
      ],
      left: ["pub/media/catalog/product/a.jpg", "var/cache/a", "app/etc/env.php", "auth.json"]),
    Travel(
      recipe: "codeigniter4", sent: ["writable/cache/index.html", "env", "writable/.htaccess"],
      left: ["writable/session/ci_session1", "writable/uploads/a/b.jpg", ".env"]),
    Travel(
      recipe: "laminas", sent: ["config/autoload/global.php", "config/autoload/local.php.dist"],
      left: ["config/autoload/local.php", "config/autoload/db.local.php", "data/cache/a.php"]),
    Travel(
      recipe: "phoenix", sent: ["_build/prod/rel/shop/bin/shop", "priv/static/a.css"],
      left: ["_build/dev/lib/a", "_build/prod/lib/a", "deps/phoenix/mix.exs"]),
    Travel(
      recipe: "nextjs", sent: [".next/BUILD_ID", "node_modules/next/a.js", ".env.production"],
      left: [".next/cache/a", ".env.local", ".env.production.local"]),
    Travel(
      recipe: "nuxt", sent: [".output/server/index.mjs", ".output/server/node_modules/a/a.js"],
      left: ["node_modules/a/a.js", ".nuxt/a", ".env"]),
    Travel(
      recipe: "vite-spa", sent: ["dist/index.html", "dist/assets/a.js"],
      left: ["src/main.ts", "package.json", "node_modules/a/a.js", ".env.local"]),
    Travel(
      recipe: "hugo", sent: ["public/index.html", "public/content/a/index.html"],
      left: ["content/a.md", "hugo.toml", "themes/a/theme.toml"]),
  ]

  @Test("what a host keeps for itself does not travel, and what it needs does", arguments: travels)
  func travel(travel: Travel) async throws {
    let scene = try Scene()
    try scene.scratch.write(
      """
      {
        "app": "shop", "recipe": "\(travel.recipe)", "source": { "directory": "." }, "build": [],
        "hosts": [{ "host": "web1", "transport": "local" }], "path": "\(scene.root)",
        "shared": { "directories": [], "files": [] },
        "hooks": { "before_flip": [], "after_flip": [] },
      }
      """, to: "project/deploy.json")
    for file in travel.sent + travel.left { try scene.scratch.write("x", to: "project/\(file)") }
    let ending = await scene.deploy("push")
    #expect(ending.status == 0, "\(ending.reports)")
    let sent = try scene.server("cd current/ && find . -type f | sed 's|^[.]/||'")
      .split(separator: "\n").map(String.init)
    #expect(Set(travel.sent).subtracting(sent) == [])
    #expect(Set(travel.left).intersection(sent) == [])
  }
}
