import Testing

@testable import Planning

@Suite("What an adopted release has beyond the new one")
struct ClaimTests {
  private func manifest(_ paths: [String]) -> Manifest {
    Manifest(
      algorithm: .sha256,
      entries: paths.map {
        Manifest.Entry(path: TreePath($0), kind: .file(mode: 0o644, size: 3, digest: "00"))
      })
  }

  @Test("is told as whole directories where nothing is shipped, else file by file")
  func units() {
    var settings = Settings.site
    settings.shared.directories = ["webroot/declared"]
    let adopted = manifest([
      "src/old.php", "webroot/index.php", "webroot/files/a", "webroot/invoices/2020/a",
      "webroot/invoices/b", "webroot/img/logo.png", "webroot/img/user.png", "webroot/cache/x",
      "webroot/build/app.js", "webroot/declared/x", "webroot/.well-known/token",
    ])
    let shipped = manifest(["webroot/index.php", "webroot/img/logo.png"])
    let claims = Claim.find(adopted: adopted, shipped: shipped, settings: settings)
    #expect(
      claims == [
        Claim(path: "webroot/.well-known", files: 1, bytes: 3),
        Claim(path: "webroot/img/user.png", files: 1, bytes: 3),
        Claim(path: "webroot/invoices", files: 2, bytes: 6),
      ])
  }

  @Test("is nothing when no docroot is known")
  func noDocroot() {
    #expect(Claim.find(adopted: manifest(["a"]), shipped: manifest([]), settings: .plain).isEmpty)
  }
}
