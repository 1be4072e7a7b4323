import Foundation
import Testing

@testable import Recipes

@Suite("Files in the binary")
struct EmbeddedFilesTests {
  @Test("are those of the folders, byte for byte", arguments: ["recipes", "shared-skeleton"])
  func sameAsOnDisk(folder: String) throws {
    let package = URL(filePath: #filePath).appending(path: "../../..").standardized.path
    let names = try FileManager.default.subpathsOfDirectory(atPath: package + "/" + folder)
      .map { folder + "/" + $0 }
      .filter { name in
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(
          atPath: package + "/" + name, isDirectory: &isDirectory) && !isDirectory.boolValue
      }
    let embedded = EmbeddedFiles.all.filter { $0.path.hasPrefix(folder + "/") }
    #expect(embedded.map(\.path) == names.sorted())
    for file in embedded {
      let path = package + "/" + file.path
      #expect(file.bytes == FileManager.default.contents(atPath: path).map(Array.init))
      #expect((file.mode == 0o755) == FileManager.default.isExecutableFile(atPath: path))
    }
  }
}
