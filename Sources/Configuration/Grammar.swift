import Operations
import Planning

/// What a text may look like: in words for people, as an expression for editors, and as a function.
///
/// A function and not only the expression, because Swift's expressions would have to be trusted
/// with hostile input; the tests hold the two together.
public struct Grammar: Sendable {
  let title: String
  let expectation: String
  /// Of ECMA-262, as JSON Schema wants it.
  let expression: String
  /// Whether a value must not be shown, not even a wrong one.
  var isSecret = false
  let matches: @Sendable (String) -> Bool
}

extension Grammar {
  /// For applications, stages, users, hosts and roles. No `-` or `.` in front: such a name would
  /// be an option of ssh, or a hidden or parent directory.
  static let name = Grammar(
    title: "name",
    expectation: "1 to 64 of the characters A-Z a-z 0-9 . _ -, the first a letter, digit or _",
    expression: "^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$", matches: { Letters.isName($0[...]) })

  static let host = Grammar(
    title: "\"user@host:port\"",
    expectation: "\"host\", \"user@host\" or \"user@host:port\"",
    expression: "^([A-Za-z0-9_][A-Za-z0-9._-]{0,63}@)?[A-Za-z0-9_][A-Za-z0-9._-]{0,63}"
      + "(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?$",
    matches: { HostAddress($0) != nil })

  static let hostKey = Grammar(
    title: "fingerprint",
    expectation: "\"SHA256:\" and 43 characters, as `ssh-keygen -lf` prints it",
    expression: "^SHA256:[A-Za-z0-9+/]{43}$",
    matches: { text in
      let digest = text.utf8.dropFirst(7)
      return text.hasPrefix("SHA256:") && digest.count == 43
        && digest.allSatisfy { Letters.isAlphanumeric($0) || "+/".utf8.contains($0) }
    })

  /// On the server; a slash at the end is allowed, because shells complete it.
  static let remotePath = Grammar(
    title: "absolute path",
    expectation: "an absolute path such as \"/var/www/shop\", without . or .. or empty parts",
    expression: #"^(/(?!\.{1,2}(/|$))[^/\u0000-\u001f\u007f]+)+/?$"#,
    matches: { text in
      text.hasPrefix("/") && text != "/" && Letters.isPrintable(text)
        && Letters.hasPlainParts(text.dropFirst().droppingSlash)
    })

  /// Below a release or `shared/`. A leading `-` would be an option of every command that is
  /// given the path, and `.deploy` is where our own state lives.
  static let treePath = Grammar(
    title: "relative path",
    expectation: "a relative path without . or .. or empty parts, not starting with - or .deploy",
    expression:
      #"^(?!-|\.deploy(/|$))(?!\.{1,2}(/|$))[^/\u0000-\u001f\u007f]+(/(?!\.{1,2}(/|$))[^/\u0000-\u001f\u007f]+)*$"#,
    matches: { text in
      !text.hasPrefix("-") && text != ".deploy" && !text.hasPrefix(".deploy/")
        && Letters.isPrintable(text) && Letters.hasPlainParts(text[...])
    })

  /// The same, or all of it.
  static let treeRoot = Grammar(
    title: "relative path",
    expectation: "\".\", or \(treePath.expectation)",
    expression: #"^\.$|"# + treePath.expression,
    matches: { $0 == "." || treePath.matches($0) })

  static let localPath = Grammar(
    title: "path", expectation: "a path; a relative one starts at this file",
    expression: #"^[^\u0000-\u001f\u007f]+$"#,
    matches: { !$0.isEmpty && Letters.isPrintable($0) })

  /// An address may hold a password, which would end as a word of a command.
  static let repositoryPath = Grammar(
    title: "path", expectation: "the path of a clone here, not an address",
    expression: #"^(?!.*://)[^\u0000-\u001f\u007f]+$"#,
    matches: { localPath.matches($0) && !$0.contains("://") })

  static let gitRef = Grammar(
    title: "ref", expectation: "a branch, tag or commit",
    expression: #"^[^-\u0000-\u0020\u007f][^\u0000-\u0020\u007f]*$"#,
    matches: { text in
      !text.isEmpty && !text.hasPrefix("-") && !text.utf8.contains(0x20)
        && Letters.isPrintable(text)
    })

  static let line = Grammar(
    title: "text", expectation: "a text of one line",
    expression: #"^[^\u0000-\u001f\u007f]+$"#,
    matches: { !$0.isEmpty && Letters.isPrintable($0) })

  /// A variable's name as every reader of environment files accepts it.
  static let envKey = Grammar(
    title: "key", expectation: "a variable's name of A-Z a-z 0-9 _, not starting with a digit",
    expression: "^[A-Za-z_][A-Za-z0-9_]*$", matches: { Dotenv.isKey($0) })

  /// Of a variable: anything that a text can hold, or nothing.
  static let value = Grammar(
    title: "text", expectation: "a text without control characters",
    expression: #"^[^\u0000-\u0008\u000b-\u001f\u007f]*$"#,
    matches: { text in
      text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x0A || $0 == 0x09 }
    })

  /// Of a unit, a program, an address or a file: one argument of a command, and no option of it.
  static let word = Grammar(
    title: "name", expectation: "a name or path without blanks, not starting with -",
    expression: gitRef.expression, matches: gitRef.matches)

  static let assignments = Grammar(
    title: "assignments", expectation: "KEY=VALUE, or several of them parted by a blank",
    expression:
      #"^[A-Za-z_][A-Za-z0-9_]*=[^\u0000-\u0020\u007f]*( [A-Za-z_][A-Za-z0-9_]*=[^\u0000-\u0020\u007f]*)*$"#,
    matches: { text in
      Letters.isPrintable(text)
        && text.split(separator: " ", omittingEmptySubsequences: false).allSatisfy { part in
          guard let end = part.firstIndex(of: "=") else { return false }
          return Dotenv.isKey(String(part[..<end]))
        }
    })

  static let command = Grammar(
    title: "command", expectation: "a shell command",
    expression:
      #"^[^\u0000-\u0008\u000b-\u001f\u007f]*[^\s\u0000-\u001f\u007f][^\u0000-\u0008\u000b-\u001f\u007f]*$"#,
    matches: { text in
      text.utf8.contains { $0 > 0x20 }
        && text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x0A || $0 == 0x09 }
    })

  /// With a port where it is not the usual one; without a user, a password or blanks.
  static let url = Grammar(
    title: "address", expectation: "an address such as \"http://127.0.0.1/up\"",
    expression:
      #"^https?://([A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(:[1-9][0-9]{0,4})?(/[!-~]*)?$"#,
    matches: { WebAddress($0) != nil })

  /// Of somebody who is to be told. It may hold a key, so a mistake in it is not shown.
  static let webhook = Grammar(
    title: "address", expectation: "an address such as \"https://ci.example.com/deploys\"",
    expression: "^https?://[!-.0-~][!-~]*$", isSecret: true,
    matches: { text in
      let rest = text.hasPrefix("https://") ? text.dropFirst(8) : text.dropFirst(7)
      return (text.hasPrefix("https://") || text.hasPrefix("http://")) && !rest.isEmpty
        && !rest.hasPrefix("/") && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    })

  static let urlPath = Grammar(
    title: "path", expectation: "a path such as \"/up\"", expression: "^/[!-~]*$",
    matches: { text in
      text.hasPrefix("/") && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    })

  static let statuses = Grammar(
    title: "status", expectation: "a text such as \"2xx\"", expression: "^[2-5]([0-9]{2}|xx)$",
    matches: { text in
      let bytes = Array(text.utf8)
      guard bytes.count == 3, (UInt8(ascii: "2")...UInt8(ascii: "5")).contains(bytes[0])
      else { return false }
      let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
      return text.hasSuffix("xx") || bytes.dropFirst().allSatisfy(digits.contains)
    })

  static let header = Grammar(
    title: "header", expectation: "a name, a colon and a value, such as \"X-Release: {release}\"",
    expression: #"^[A-Za-z0-9_-]+:[^\u0000-\u001f\u007f]+$"#,
    matches: { text in
      guard let end = text.firstIndex(of: ":"), Letters.isPrintable(text) else { return false }
      let name = text[..<end].utf8
      return !name.isEmpty && text[end...].utf8.count > 1
        && name.allSatisfy { Letters.isAlphanumeric($0) || "_-".utf8.contains($0) }
    })

  /// A condition of a recipe's `detect`.
  static let condition = Grammar(
    title: "condition",
    expectation: "KIND:VALUE with a kind of " + Condition.Kind.list,
    expression: "^("
      + Condition.Kind.allCases.map { $0.rawValue.split(separator: ".").joined(separator: #"\."#) }
      .joined(separator: "|") + #"):[^\u0000-\u001f\u007f]+$"#,
    matches: { Condition($0) != nil })
}
