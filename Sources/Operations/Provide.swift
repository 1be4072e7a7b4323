extension Operation {
  /// Makes `shared/path` a directory, unless something stands there.
  public static func provide(directory path: String, mode: Int? = nil) -> Operation {
    Operation(
      "provide",
      [SharedKind.directory.rawValue, path, mode.map { String($0 & 0o7777, radix: 8) } ?? "", ""],
      "make shared/\(path) if it is missing")
  }

  /// Makes `shared/path` a file with this content, unless something stands there.
  public static func provide(file path: String, mode: Int, content: [UInt8]) -> Operation {
    let octal = String(mode & 0o777, radix: 8)
    return Operation(
      "provide", ["file", path, octal].map { Array($0.utf8) } + [content],
      "make shared/\(path) (\(content.count) bytes) if it is missing")
  }
}
