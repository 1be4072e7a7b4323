/// What this tool calls itself. The one place where the number stands.
enum VersionNumber {
  static let ours = "0.1.0"

  /// The compiler that made this binary: there is nobody to ask at run time.
  static var swift: String {
    #if compiler(>=6.4)
    "6.4 or later"
    #elseif compiler(>=6.3)
    "6.3"
    #elseif compiler(>=6.2)
    "6.2"
    #elseif compiler(>=6.1)
    "6.1"
    #else
    "6.0"
    #endif
  }
}
