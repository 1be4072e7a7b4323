import Configuration
import Testing

@testable import Recipes

@Suite("Recognising a project")
struct DetectionTests {
  @Test("by what is in it, and says why", arguments: Example.all)
  func detects(project: Example) throws {
    let fixture = try ProjectFixture(project.files)
    let matches = try Detection(catalog: Self.catalog).detect(in: fixture.path)
    #expect(matches.first?.description == project.reason)
  }

  @Test("every recipe has an example here")
  func complete() {
    let examples = Example.all.compactMap { $0.reason?.split(separator: ",").first }
    #expect(Set(examples.map(String.init)) == Set(Self.catalog.names))
  }

  @Test("all that fits is listed, the highest priority first")
  func ranking() throws {
    let fixture = try ProjectFixture([
      "artisan": "", "bootstrap/app.php": "", "composer.json": composer("laravel/framework"),
      "package.json": package(scripts: ["start": "vite"]),
    ])
    let matches = try Detection(catalog: Self.catalog).detect(in: fixture.path)
    #expect(matches.map(\.recipe.name) == ["laravel", "generic-php"])
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
        + "laravel, because artisan, bootstrap/app.php, laravel/framework ^1 in composer.json; "
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

  @Test(
    "versions and constraints are told as far as they are written",
    arguments: [
      (
        ["requirements.txt": "Django[argon2]>=5.0,<6 ; python_version > '3'  # web"],
        "django >=5.0,<6 in requirements.txt"
      ),
      (
        ["requirements.txt": "django==5.1.2 \\\n  --hash=sha256:00"],
        "django ==5.1.2 in requirements.txt"
      ),
      (["requirements/base.txt": "Django ~= 4.2"], "django ~= 4.2 in requirements/base.txt"),
      (["Pipfile": "[packages]\ndjango = \"==5.0\"\n"], "django ==5.0 in Pipfile"),
      (["Pipfile": "[packages]\ndjango = \"*\"\n"], "django in Pipfile"),
      (
        ["pyproject.toml": "[tool.poetry.dependencies]\nDjango = {version = \"^5.1\"}\n"],
        "django ^5.1 in pyproject.toml"
      ),
    ])
  func constraints(files: [String: String], evidence: String) throws {
    let fixture = try ProjectFixture(files.merging(["manage.py": ""]) { $1 })
    let match = try Detection(catalog: Self.catalog).detect(in: fixture.path).first
    #expect(match?.evidence == ["manage.py", evidence])
  }

  @Test(
    "only dependencies of mix.exs are dependencies",
    arguments: [
      ("defp deps do\n  [\n    {:phoenix, \"~> 1.7.14\"},\n  ]\nend\n", true),
      ("defp deps do\n  [{:ecto, \"3\"}, {:phoenix, github: \"x/y\"}]\nend\n", true),
      (
        "defp deps do\n  [\n    {:phoenix_html, \"~> 4.1\"}\n    # {:phoenix, \"1\"},\n  ]\nend\n",
        false
      ),
      ("def project do\n  [x: {:phoenix, \"1\"}]\nend\n", false),
    ])
  func mix(text: String, isPhoenix: Bool) throws {
    let fixture = try ProjectFixture(["mix.exs": text])
    let names = try Detection(catalog: Self.catalog).detect(in: fixture.path).map(\.recipe.name)
    #expect(names.contains("phoenix") == isPhoenix)
  }

  static let catalog = Catalog(ownRecipes: nil)
}
