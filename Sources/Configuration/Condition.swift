/// One thing that a recipe looks for in a project, such as `composer:laravel/framework`.
public struct Condition: Sendable, Equatable {
  public var kind: Kind
  public var value: String

  public enum Kind: String, Sendable, CaseIterable {
    case file
    case dir
    /// File names with `*`; folders are matched literally.
    case glob
    /// A key of `require` in composer.json.
    case composer
    /// The name of a package in composer.lock, however it got there.
    case composerLock = "composer.lock"
    /// A key of `dependencies` or `devDependencies` in package.json.
    case npm
    /// A key of `scripts` in package.json.
    case script
    /// A gem in Gemfile.lock or Gemfile.
    case gem
    /// A distribution in requirements.txt, pyproject.toml or Pipfile.
    case python
    /// A dependency in mix.exs.
    case mix

    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
  }

  public init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":"), let kind = Kind(rawValue: String(text[..<colon]))
    else { return nil }
    value = String(text[text.index(after: colon)...])
    self.kind = kind
    guard !value.isEmpty, Letters.isPrintable(value) else { return nil }
  }
}
