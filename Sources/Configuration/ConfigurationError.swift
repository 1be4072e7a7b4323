/// Why a configuration cannot be used.
public enum ConfigurationError: Error, Equatable {
  case unreadable(file: String, reason: String)
  case syntax(Location, found: String, expected: String)
  case duplicateKey(Location, key: String, first: Location)
  case unknownKey(Location, key: String, nearest: String?, valid: [String])
  case misplacedKey(Location, key: String, place: Place, allowed: [Place])
  case wrongValue(Location, key: String, found: String, expected: String)
  case missingKey(Location, key: String, reason: String)
  case conflict(Location, key: String, others: [String])
  case repeatedHost(Location, key: String, name: String)
  case unknownStage(file: String, name: String, stages: [String])
  case stageNeeded(file: String, stages: [String])
  case unknownRole(Location, key: String, role: String, nearest: String?, known: [String])
  case unknownRecipe(Location, name: String, known: [String])
  case ambiguousRecipe(file: String, reasons: [String])
}

extension ConfigurationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): \(reason)"
    case .syntax(let location, let found, let expected):
      "\(location): found \(found), expected \(expected)"
    case .duplicateKey(let location, let key, let first):
      "\(location): key '\(key)': is written twice, first at \(first)"
    case .unknownKey(let location, let key, let nearest?, _):
      "\(location): key '\(key)': is not known; nearest valid key '\(nearest)'"
    case .unknownKey(let location, let key, nil, let valid):
      "\(location): key '\(key)': is not known; valid keys are \(valid.joined(separator: ", "))"
    case .misplacedKey(let location, let key, let place, let allowed):
      "\(location): key '\(key)': has no meaning \(place.phrase), only "
        + allowed.map(\.phrase).joined(separator: " or ")
    case .wrongValue(let location, let key, let found, let expected):
      "\(location): key '\(key)': found \(found), expected \(expected)"
    case .unknownRole(let location, let key, let role, let nearest?, _):
      "\(location): key '\(key)': no host has the role '\(role)'; nearest role of a host '\(nearest)'"
    case .unknownRole(let location, let key, let role, nil, let known):
      "\(location): key '\(key)': no host has the role '\(role)'; "
        + (known.isEmpty
          ? "no host has any" : "hosts have \(Set(known).sorted().joined(separator: ", "))")
    case .missingKey(let location, let key, let reason):
      "\(location): key '\(key)': is missing; \(reason)"
    case .conflict(let location, let key, let others):
      "\(location): key '\(key)': needs exactly one of \(others.joined(separator: ", "))"
    case .repeatedHost(let location, let key, let name):
      "\(location): key '\(key)': names host '\(name)' with the same port and path again"
    case .unknownStage(let file, let name, []):
      "\(file): there is no stage '\(name)'; the file declares no stages"
    case .unknownStage(let file, let name, let stages):
      "\(file): there is no stage '\(name)'; stages are \(stages.joined(separator: ", "))"
    case .stageNeeded(let file, let stages):
      "\(file): name a stage (\(stages.joined(separator: ", "))) or set key 'default_stage'"
    case .unknownRecipe(let location, let name, let known):
      "\(location): key 'recipe': there is no recipe '\(name)'; "
        + (Spelling.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
          ?? "recipes are \(known.joined(separator: ", ")), none")
    case .ambiguousRecipe(let file, let reasons):
      "\(file): set key 'recipe', for several fit equally well: "
        + reasons.joined(separator: "; ")
    }
  }
}
