import Configuration
import Testing

@testable import Recipes

@Suite("Recognising a project")
struct DetectionTests {
  @Test("by what is in it, and says why", arguments: Self.projects)
  func detects(project: Example) throws {
    let fixture = try ProjectFixture(project.files)
    let matches = try Detection(catalog: Self.catalog).detect(in: fixture.path)
    #expect(matches.first?.description == project.reason)
  }

  @Test("every recipe has an example here")
  func complete() {
    let examples = Self.projects.compactMap { $0.reason?.split(separator: ",").first }
    #expect(Set(examples.map(String.init)) == Set(Self.catalog.names))
  }

  @Test("all that fits is listed, the highest priority first")
  func ranking() throws {
    let fixture = try ProjectFixture([
      "artisan": "", "bootstrap/app.php": "", "composer.json": composer("laravel/framework"),
      "package.json": #"{"scripts": {"start": "vite"}}"#,
    ])
    let matches = try Detection(catalog: Self.catalog).detect(in: fixture.path)
    #expect(matches.map(\.recipe.name) == ["laravel", "node", "generic-php"])
    #expect(Detection.best(of: matches).map(\.recipe.name) == ["laravel"])
  }

  @Test("what fits equally well is the user's to choose")
  func tie() throws {
    let fixture = try ProjectFixture([
      "artisan": "", "bootstrap/app.php": "", "composer.json": composer("laravel/framework"),
      "config.ru": "", "bin/rails": "", "Gemfile.lock": "GEM\n  specs:\n    rails (8.0.1)\n",
    ])
    let matches = try Detection(catalog: Self.catalog).detect(in: fixture.path)
    #expect(Detection.best(of: matches).map(\.recipe.name) == ["laravel", "rails"])
    #expect {
      try Self.catalog.lookup(.detected(in: fixture.path, file: "deploy.json"))
    } throws: { error in
      "\(error)"
        == "deploy.json: set key 'recipe', for several fit equally well: "
        + "laravel, because artisan, bootstrap/app.php, laravel/framework in composer.json; "
        + "rails, because config.ru, bin/rails, rails 8.0.1 in Gemfile.lock"
    }
  }

  @Test(
    "names in Python's manifests are found in every form",
    arguments: [
      ("requirements.txt", "# django\nDJANGO==5.0\n", true),
      ("requirements.txt", "Django[argon2]>=5 ; python_version > \"3\"\n", true),
      ("requirements.txt", "django-filter==2\ndj-django\n-r django\n# django", false),
      ("pyproject.toml", "[project]\ndependencies = [\"gunicorn\", \"django>=5\"]\n", true),
      ("pyproject.toml", "[project]\ndependencies = [\n  'x[y]',\n  'Django~=5.0', # a\n]\n", true),
      ("pyproject.toml", "[tool.poetry.dependencies]\npython = \"^3\"\nDjango = \"^5\"\n", true),
      ("pyproject.toml", "[project]\nname = \"django\"\ndependencies = [] # django\n", false),
      ("pyproject.toml", "[project]\ndependencies = [\n]\n[tool.x]\na = \"django\"\n", false),
      ("pyproject.toml", "[tool.django]\nx = 1\n", false),
    ])
  func python(file: String, text: String, isDjango: Bool) throws {
    let fixture = try ProjectFixture(["manage.py": "", file: text])
    let names = try Detection(catalog: Self.catalog).detect(in: fixture.path).map(\.recipe.name)
    #expect(names.contains("django") == isDjango)
  }

  static let catalog = Catalog(ownRecipes: nil)

  struct Example: Sendable, CustomTestStringConvertible {
    let reason: String?
    let files: [String: String]

    var testDescription: String { reason ?? "nothing fits: \(files.keys.sorted())" }

    init(_ reason: String?, _ files: [String: String]) {
      self.reason = reason
      self.files = files
    }
  }

  static let projects = [
    Example(
      "laravel, because artisan, bootstrap/app.php, laravel/framework 11.31.0 in composer.lock",
      [
        "artisan": "", "bootstrap/app.php": "", "composer.json": composer("laravel/framework"),
        "composer.lock": composerLock([("a/b", "1"), ("laravel/framework", "v11.31.0")]),
        "package.json": #"{"devDependencies": {"vite": "1"}, "scripts": {"start": "x"}}"#,
      ]),
    Example(
      "symfony, because bin/console, symfony/framework-bundle in composer.json",
      ["bin/console": "", "composer.json": composer("symfony/framework-bundle")]),
    Example(
      "drupal, because drupal/core-recommended in composer.json",
      [
        "bin/console": "",
        "composer.json": composer("drupal/core-recommended", "symfony/framework-bundle"),
      ]),
    Example(
      "drupal, because drupal/core 10.2.1 in composer.lock",
      [
        "composer.json": composer("acme/distribution"),
        "composer.lock": composerLock([("drupal/core", "10.2.1")]),
      ]),
    Example(
      "craft, because craft, craftcms/cms in composer.json",
      ["craft": "", "composer.json": composer("craftcms/cms")]),
    Example(
      "bedrock, because web/wp-config.php, config/application.php, "
        + "roots/wordpress in composer.json",
      [
        "web/wp-config.php": "", "config/application.php": "",
        "composer.json": composer("roots/wordpress"),
      ]),
    Example(
      "wordpress, because wp-load.php, wp-includes/, wp-content/",
      ["wp-load.php": "", "wp-includes/version.php": "", "wp-content/index.php": ""]),
    Example(
      "rails, because config.ru, bin/rails, rails 7.1.2 in Gemfile.lock",
      [
        "Gemfile": "", "config.ru": "", "bin/rails": "",
        "Gemfile.lock": """
        GEM
          remote: https://rubygems.org/
          specs:
            rack (3.0.8)
            rails (7.1.2)
              rack (>= 2.2)
        """,
        "package.json": #"{"scripts": {"start": "x"}}"#,
      ]),
    Example(
      "django, because manage.py, django in requirements.txt",
      ["manage.py": "", "requirements.txt": "Django>=5.0\n"]),
    Example(
      "node, because package.json, express in package.json",
      ["package.json": #"{"dependencies": {"express": "4"}}"#]),
    Example(
      #"node, because package.json, script "start" in package.json"#,
      ["package.json": #"{"scripts": {"start": "node ."}}"#]),
    Example(
      "generic-php, because index.php", ["index.php": "<?php", "index.html": ""]),
    Example(
      "generic-php, because composer.json", ["composer.json": composer("monolog/monolog")]),
    Example("static, because index.html", ["index.html": "<p>"]),
    Example("static, because hugo.toml", ["hugo.toml": "", "content/a.md": ""]),
    Example(
      "static, because @docusaurus/core in package.json",
      ["package.json": ##"{"dependencies": {"@docusaurus/core": "3"}, "scripts": {"start": "x"}}"##]
    ),
    // Names inside other names, in the wrong list or in a broken file are no evidence.
    Example(
      "generic-php, because composer.json",
      [
        "artisan": "", "bootstrap/app.php": "",
        "composer.json": composer("me/laravel/framework-extra"),
      ]),
    Example(
      "generic-php, because composer.json",
      [
        "artisan": "", "bootstrap/app.php": "",
        "composer.json": #"{"suggest": {"laravel/framework": "*"}}"#,
      ]),
    Example(
      "generic-php, because composer.json",
      ["artisan": "", "bootstrap/app.php": "", "composer.json": #"{"laravel/framework": "#]),
    Example(nil, ["config.ru": "", "bin/rails": "", "Gemfile.lock": "      rails (7.1)\n"]),
    Example(nil, ["package.json": #"{"name": "express"}"#]),
    Example(nil, ["wp-load.php/index.txt": "", "README.md": "laravel/framework"]),
    Example(nil, [:]),
  ]
}
