/// An object in which the keys of the table may be written.
public enum Place: String, Sendable, CaseIterable {
  case top
  case stage
  case host
  case recipe

  var phrase: String {
    switch self {
    case .top: "at the top"
    case .stage: "in a stage"
    case .host: "in a host"
    case .recipe: "in a recipe"
    }
  }
}
