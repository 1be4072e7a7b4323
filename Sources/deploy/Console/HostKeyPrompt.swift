import SSH

/// Asks a person whether a host's key is the right one.
///
/// A plain yes would be typed without a look; the end of the fingerprint has to be read first.
struct HostKeyPrompt {
  let prompt: Prompt
  let question: HostKeyQuestion

  enum Answer: Equatable {
    case trusted
    case declined
    /// Three times something else; the last of it.
    case unclear(String)
  }

  func ask() throws(PromptError) -> Answer {
    let end = String(question.fingerprint.suffix(6))
    var words =
      "To trust this \(question.key.kind) key, type the last 6 characters of its fingerprint after "
      + "comparing it with the host's own (or no):"
    var typed = ""
    for _ in 1...3 {
      typed = try prompt.ask(words).filter { !$0.isWhitespace }
      if typed == end || typed == question.fingerprint { return .trusted }
      if ["", "n", "no"].contains(typed.lowercased()) { return .declined }
      words =
        "'\(typed)' is not expected here: type the last 6 characters of \(question.fingerprint), or no:"
    }
    return .unclear(typed)
  }
}
