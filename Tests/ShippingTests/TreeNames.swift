/// Names that have broken deployment tools.
enum TreeNames {
  static let nasty: [[UInt8]] =
    [
      "plain", "with blank", " leading", "trailing ", "line\nbreak", "-rf", "--help", "quote'\"`$x",
      "back\\slash", "tab\there", "*?[a]", "caf\u{e9}", "cafe\u{301}", ".hidden", "...",
      "#hash", "~tilde", "\u{1f600}", "@LongLink", "a=b", "per%cent", "semi;colon&",
    ].map { Array($0.utf8) } + [
      [0xff, 0xfe, 0x80], [0x01, 0x7f, 0x1b], [UInt8](repeating: 0x6c, count: 255),
    ]

  /// Around the borders where tar's name fields end.
  static let lengths = [98, 99, 100, 101, 154, 155, 156, 157, 199, 255, 256, 257, 300, 1100]

  /// A path of exactly so many bytes, in components of at most 60.
  static func path(bytes count: Int) -> [UInt8] {
    (1...count).map { $0 % 61 == 0 && $0 != count ? UInt8(ascii: "/") : UInt8(ascii: "p") }
  }
}
