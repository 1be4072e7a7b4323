import Testing

@testable import deploy

@Suite("The tools of a host")
struct InspectionTests {
  @Test(
    "are told in two words each",
    arguments: [
      ("tar", "tar (GNU tar) 1.34", "tar 1.34"),
      ("sort", "sort (GNU coreutils) 9.1", "coreutils 9.1"),
      ("dd", "dd (coreutils) 9.1", "coreutils 9.1"),
      ("find", "find (GNU findutils) 4.9.0", "findutils 4.9.0"),
      ("flock", "flock from util-linux 2.38.1", "flock 2.38.1"),
      ("awk", "mawk 1.3.4 20200120", "awk 1.3.4"),
      ("zstd", "*** Zstandard CLI (64-bit) v1.5.4, by Yann Collet ***", "zstd 1.5.4"),
      (
        "od", "BusyBox v1.35.0 (Debian 1:1.35.0-4+b7) multi-call binary.", "busybox 1.35.0"
      ), ("sh", "/usr/bin/dash", "sh dash"), ("gzip", "", "gzip"),
    ])
  func version(tool: String, line: String, text: String) {
    #expect(ToolVersion(tool, line).text == text)
  }
}
