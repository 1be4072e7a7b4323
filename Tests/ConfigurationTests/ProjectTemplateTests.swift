import Planning
import Testing

@testable import Configuration

@Suite("The file that init writes")
struct ProjectTemplateTests {
  @Test("is a configuration, as it stands", arguments: ["laravel", nil])
  func parses(recipe: String?) throws {
    let made = try settings(template(recipe).text)
    #expect(made.app == "shop")
    #expect(made.stage == "production")
    #expect(made.hosts.map(\.name) == ["server.example.com"])
  }

  @Test("stays one with each of its options in force, and explains each in a line")
  func options() throws {
    let lines = template("laravel").text.split(separator: "\n", omittingEmptySubsequences: false)
    let options = lines.indices.filter { lines[$0].hasPrefix("  // \"") }
    #expect(options.count >= 10)
    for option in options {
      var changed = lines
      changed[option] = changed[option].dropFirst(5)
      _ = try settings(changed.joined(separator: "\n"))
      #expect(lines[option - 1].hasPrefix("  // ") && lines[option - 1].hasSuffix("."))
      // Out of the comment, it is read: the same line with a spoilt key is refused.
      changed[option] = changed[option].replacing("\": ", with: "x\": ", maxReplacements: 1)
      #expect(throws: (any Error).self) { try settings(changed.joined(separator: "\n")) }
    }
    let all = lines.map { $0.hasPrefix("  // \"") ? $0.dropFirst(5) : $0 }
    _ = try settings(all.joined(separator: "\n"))
  }

  @Test("has every key of the top, in force or as an option")
  func complete() {
    let text = template("laravel").text
    for key in Schema.keys(in: .top) where key.name != "$schema" {
      #expect(text.contains("\"\(key.name)\": "), "\(key.name)")
    }
  }

  @Test(
    "guesses a name that is allowed",
    arguments: [
      ("/x/shop", "shop"), ("/x/My Shop", "my-shop"), ("/x/.hidden", "hidden"), ("/", "app"),
      ("/x/äö", "app"),
    ])
  func names(directory: String, name: String) {
    #expect(ProjectTemplate(directory: directory).app == name)
  }

  @Test("a reason cannot end its comment")
  func reason() throws {
    var template = template("laravel")
    template.reason = "a file named\n\"keep\": 1"
    #expect(try settings(template.text).keep == 5)
  }

  private func template(_ recipe: String?) -> ProjectTemplate {
    ProjectTemplate(directory: "/projects/shop", recipe: recipe, reason: recipe.map { "\($0)" })
  }
}
