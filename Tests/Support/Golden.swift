import FoundationEssentials
import Glibc

/// Texts that are kept beside the tests, for people to read and for tests to compare with.
public enum Golden {
  /// What the file holds. With `DEPLOY_TEST_REWRITE=1` it is written anew first.
  public static func text(_ name: String, expecting text: String, beside file: String) throws
    -> String
  {
    let directory = file.split(separator: "/").dropLast().joined(separator: "/")
    let path = "/\(directory)/\(name)"
    if getenv("DEPLOY_TEST_REWRITE") != nil { try Scratch.write(text, to: path, mode: 0o644) }
    return (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}
