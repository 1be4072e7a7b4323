import Operations
public import Planning

/// The entry point of a container whose application is embedded in its binary: constant shell text, and
/// what is particular to one application as encoded lines in front.
public struct BootScript: Sendable {
  public var binary: String
  public var sentinels: [String]
  public var links: [Settings.Container.Link]
  public var relinks: [String: String]

  /// Nil when the settings name no container.
  public init?(_ settings: Settings) {
    let container = settings.container
    guard let binary = container.binary else { return nil }
    self.binary = binary
    sentinels = container.sentinels
    relinks = container.relinks
    links = settings.containerLinks.map(\.link)
  }

  public var text: [UInt8] {
    var text = Array(
      """
      #!/bin/sh
      # Written by `deploy container boot`; write it anew instead of editing it.
      # What is particular to this application; a byte that is not plain is \\0 and its octal digits.
      settings() {
        cat <<'END'

      """.utf8)
    for line in lines { text += Array((line + "\n").utf8) }
    text += Array("END\n}\n\n".utf8)
    for file in EmbeddedFiles.all { text += file.bytes + Array("\n".utf8) }
    text += SharedRules.text
    return text + Array("\nboot \"$@\"".utf8)
  }

  private var lines: [String] {
    ["binary \(encode(binary))"]
      + sentinels.map { "sentinel \(encode($0))" }
      + links.map { link in
        let need = link.isRequired ? "required" : "wanted"
        return "link \(link.kind.rawValue) \(need) \(encode(link.path)) \(encode(link.target))"
      }
      + relinks.sorted { $0.key < $1.key }
      .map { "relink \(encode($0.key)) \(encode($0.value))" }
  }

  private func encode(_ text: String) -> String { Escape.encode(text.utf8) }
}
