/// The environment file of an application. Content travels as a field, like all that varies;
/// digests are SHA-256 in hexadecimal, and `noEnv` stands for no file.
extension Operation {
  public static let noEnv = "-"

  /// Reads the file and the record of every version of it.
  public static func readEnv(_ file: String) -> Operation {
    Operation("read_env", [file], "read shared/\(file)")
  }

  /// Reads the bytes of one version.
  public static func readEnvVersion(_ number: Int) -> Operation {
    Operation("read_env_version", ["\(number)"], "read version \(number) of the environment")
  }

  /// Makes a version of what stands there now, as somebody left it. `record` is JSON members.
  public static func keepEnv(_ file: String, digest: String, record: String) -> Operation {
    Operation(
      "keep_env", [file, digest, record],
      "keep shared/\(file) as a hand left it, as a version of its own")
  }

  /// Makes a version of `content` and puts it in the file's place, if the file still has `digest`.
  public static func putEnv(
    _ file: String, digest: String, content: [UInt8], newDigest: String, record: String,
    summary: String
  ) -> Operation {
    Operation(
      "put_env", [file, digest, newDigest, record].map { Array($0.utf8) } + [content], summary)
  }
}
