extension Operation {
  /// Takes a path of an adopted release for data.
  public static func claim(_ path: String, in release: ReleaseID, files: Int) -> Operation {
    Operation(
      "claim", [release.text, path],
      "take \(path) of \(release) for data (\(files) file\(files == 1 ? "" : "s")): copy to shared/"
    )
  }
}
