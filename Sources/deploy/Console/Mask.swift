import Digests
import Planning
import Synchronization

/// Takes secrets out of what is written, by their values: as they are, in base64, percent-encoded and as JSON
/// writes them. CI systems mask what they know; a hook's output may hold what they do not.
struct Mask: Sendable, Equatable {
  private var secrets: [[UInt8]] = []

  init(_ values: [String]) { add(values) }

  mutating func add(_ values: [String]) {
    let values = values.map { Self.password(in: $0) ?? $0 }.filter { !$0.hasPrefix("/") }
    let forms = values.flatMap(Self.parts).flatMap(Self.forms).map { Array($0.utf8) }
    // The longest first: a secret may hold another one.
    secrets = Set(secrets + forms).sorted {
      $0.count == $1.count ? $0.lexicographicallyPrecedes($1) : $0.count > $1.count
    }
  }

  /// The values of variables whose names say that they are secret, and passwords in addresses.
  init(environment: [String: String]) {
    self.init(
      environment.compactMap { Self.isSecret($0.key) ? $0.value : Self.password(in: $0.value) })
  }

  /// What a hook is given by the configuration.
  static func secrets(in hooks: Settings.Hooks) -> [String] {
    hooks.all.flatMap { hook in
      hook.env.compactMap { isSecret($0.key) ? $0.value : password(in: $0.value) }
    }
  }

  func applied(to bytes: [UInt8]) -> [UInt8] {
    secrets.reduce(Self.withoutPasswords(bytes)) { Self.replacing($1, in: $0) }
  }

  private static let words = [
    "SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "PRIVATE", "CREDENTIAL", "APIKEY",
    "WEBHOOK",
  ]
  private static let endings = ["_KEY", "_PASS", "_PWD", "_DSN", "_AUTH"]

  private static func isSecret(_ name: String) -> Bool {
    let name = name.uppercased()
    return words.contains { name.contains($0) } || endings.contains { name.hasSuffix($0) }
  }

  /// `scheme://user:PASSWORD@host`
  private static func password(in value: String) -> String? {
    let bytes = Array(value.utf8)
    return passwords(in: bytes).first.map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  /// Nobody writes a password into an address for others to read it, so these need not be known.
  private static func withoutPasswords(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for place in passwords(in: bytes).reversed() {
      bytes.replaceSubrange(place, with: Array("***".utf8))
    }
    return bytes
  }

  private static func passwords(in bytes: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var index = 0
    while let colon = bytes[index...].firstIndex(of: UInt8(ascii: ":")) {
      index = colon + 1
      guard bytes[index...].starts(with: Array("//".utf8)) else { continue }
      index += 2
      let end =
        bytes[index...].firstIndex { " \t\r\n/\"'<>\\?#".utf8.contains($0) } ?? bytes.endIndex
      guard let at = bytes[index..<end].lastIndex(of: UInt8(ascii: "@")),
        let parting = bytes[index..<at].firstIndex(of: UInt8(ascii: ":")), parting + 1 < at
      else { continue }
      found.append((parting + 1)..<at)
      index = at
    }
    return found
  }

  /// A key of many lines is printed line by line. What is short is a word of the language, and masking it would
  /// make a log unreadable.
  private static func parts(_ value: String) -> [String] {
    ([value] + value.split(whereSeparator: \.isNewline).map(String.init))
      .filter { $0.utf8.count >= 6 && !$0.hasPrefix("-----") }
  }

  private static func forms(_ value: String) -> [String] {
    let base64 = Base64.encode(Array(value.utf8))
    return [
      value, base64, String(base64.prefix { $0 != "=" }), percentEncoded(value), quoted(value),
    ]
    .filter { !$0.isEmpty }
  }

  private static func percentEncoded(_ value: String) -> String {
    value.utf8.reduce(into: "") { out, byte in
      let letter = Character(Unicode.Scalar(byte))
      if letter.isASCII, letter.isLetter || letter.isNumber || "-._~".contains(letter) {
        out.append(letter)
      } else {
        let hex = String(byte, radix: 16, uppercase: true)
        out += "%" + (hex.count == 1 ? "0" : "") + hex
      }
    }
  }

  /// As inside a JSON string.
  private static func quoted(_ value: String) -> String {
    String(JSONLine.string(value).text.dropFirst().dropLast())
  }

  private static func replacing(_ secret: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    guard let first = secret.first, bytes.count >= secret.count else { return bytes }
    var out: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == first, bytes[index...].starts(with: secret) {
        out += Array("***".utf8)
        index += secret.count
      } else {
        out.append(bytes[index])
        index += 1
      }
    }
    return out
  }
}

/// The mask of all consoles that write to one place. Secrets become known on the way: those of the environment
/// at the start, then what a configuration names, and a host's when it was asked.
final class Concealed: Sendable {
  private let state: Mutex<Mask>

  init(_ mask: Mask) { state = Mutex(mask) }

  var mask: Mask { state.withLock(\.self) }

  func add(_ secrets: [String]) {
    guard !secrets.isEmpty else { return }
    state.withLock { $0.add(secrets) }
  }
}

struct MaskingSink: Sink {
  let sink: any Sink
  let concealed: Concealed

  func write(_ bytes: [UInt8], to stream: Stream) {
    sink.write(concealed.mask.applied(to: bytes), to: stream)
  }
}
