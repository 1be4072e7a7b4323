import Planning
import TestSupport
import Testing

@Suite("Code or data")
struct ClassificationTests {
  private static var settings: Settings {
    var settings = Settings()
    settings.recipe = "laravel"
    settings.shared.directories = ["storage"]
    settings.shared.files = [".env"]
    settings.docroot.root = "public"
    settings.docroot.build = ["build/**"]
    settings.docroot.regenerable = ["cache/**"]
    settings.docroot.persistent = ["uploads/**"]
    settings.dangers = [
      Settings.Danger(
        files: ["database/*.sqlite"], say: "it dies with the release", next: "move it")
    ]
    return settings
  }

  private static func manifest(_ files: [String], directories: [String] = []) -> Manifest {
    let file = Manifest.Kind.file(
      mode: 0o644, size: 1, digest: String(repeating: "0", count: 64))
    return Manifest(
      algorithm: .sha256,
      entries: files.map { Manifest.Entry(path: TreePath($0), kind: file) }
        + directories.map { Manifest.Entry(path: TreePath($0), kind: .directory(mode: 0o755)) })
  }

  private static var classifier: Classifier {
    Classifier(
      settings: settings,
      manifest: manifest(
        [
          "public/index.php", "public/build/app.js", "public/assets/a", "public/uploads/.gitkeep",
          "public/cache/.gitkeep", "public/images/logo.png",
        ],
        directories: [
          "public", "public/build", "public/assets", "public/uploads", "public/cache",
          "public/images",
        ]),
      of: "the manifest of 20261120-173310", registry: ["public/invoices", "public/images/run.png"])
  }

  @Test(
    "recipe and manifest decide, never the name alone",
    arguments: [
      ("public/index.php", .shipped, "in the manifest of 20261120-173310"),
      ("public/assets", .shipped, "in the manifest of 20261120-173310"),
      ("public/build", .build, "recipe laravel: public.build build/**"),
      ("public/build/app.js", .build, "recipe laravel: public.build build/**"),
      ("public/build/x", .unknown, "in no manifest, though public.build build/** matches"),
      ("public/uploads", .persistent, "recipe laravel: public.persistent uploads/**"),
      ("public/cache", .regenerable, "recipe laravel: public.regenerable cache/**"),
      ("public/cache/x", .regenerable, "recipe laravel: public.regenerable cache/**"),
      // The harvest leaves alone what was shipped, wherever it stands.
      ("public/cache/.gitkeep", .shipped, "in the manifest of 20261120-173310"),
      ("public/invoices/1.pdf", .unknown, "linked to shared/, harvested"),
      ("public/images/run.png", .unknown, "linked to shared/, harvested"),
      ("public/images/logo.png", .shipped, "in the manifest of 20261120-173310"),
      ("public/css", .unknown, "in no manifest"),
      ("storage/app", .persistent, "recipe laravel: shared.directories storage"),
      (".env", .persistent, "recipe laravel: shared.files .env"),
      ("build/x", .unknown, "in no manifest"),
    ] as [(String, Classification.Kind, String)])
  func classes(path: String, kind: Classification.Kind, reason: String) {
    #expect(Self.classifier.classify(path) == Classification(kind, reason))
  }

  @Test("the first level of the docroot, each entry once")
  func top() {
    #expect(
      Self.classifier.topOfDocroot == [
        "public/assets", "public/build", "public/cache", "public/images", "public/index.php",
        "public/uploads",
      ])
  }

  @Test("a docroot that is all of the release, and one that is not there")
  func otherRoots() {
    var settings = Self.settings
    settings.docroot.root = "."
    let manifest = Self.manifest(["index.php", "build/a"], directories: ["build"])
    let all = Classifier(settings: settings, manifest: manifest, of: "what is shipped")
    #expect(all.topOfDocroot == ["build", "index.php"])
    #expect(all.classify("build").kind == .build)
    settings.docroot.root = nil
    let none = Classifier(settings: settings, manifest: manifest, of: "what is shipped")
    #expect(none.topOfDocroot.isEmpty)
    #expect(none.classify("build").kind == .shipped)
  }

  @Test("a file that must not be in a release makes a note, unless it is shared")
  func dangers() {
    var settings = Self.settings
    let manifest = Self.manifest(["database/a.sqlite", "database/b.sqlite", "database/x/c.sqlite"])
    #expect(
      settings.dangerNotes(in: manifest) == [
        "database/a.sqlite and 1 more: it dies with the release; move it"
      ])
    settings.shared.directories.append("database")
    #expect(settings.dangerNotes(in: manifest).isEmpty)
  }
}
