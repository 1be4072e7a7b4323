extension Operation {
  public static func base(_ release: String, _ compression: Compression) -> Operation {
    Operation("base", [release, compression.rawValue], "read the manifest of \(release)")
  }
}
