import Operations
import Planning
import Remote

/// Makes a survey of what an agent found when it explored a directory.
enum AdoptionReader {
  static func read(_ events: [AgentEvent]) -> AdoptionSurvey {
    var survey = AdoptionSurvey()
    for event in events {
      guard case .fact(let name, let words) = event else { continue }
      func word(_ index: Int) -> String { index < words.count ? words[index] : "" }
      switch name {
      case "stands": survey.places[word(0)] = kind(word(1))
      case "leads": survey.leads = word(0)
      case "inside": survey.inside = word(0)
      case "origin":
        survey.origins[word(0)] = .init(
          isGood: word(1) == "yes", commit: word(2).utf8.count >= 7 ? word(2) : nil)
      case "content": survey.contentCount = Int(word(0)) ?? 0
      case "size": survey.kilobytes = Int(word(0))
      case "persistent": survey.persistent[word(1)] = kind(word(0))
      case "escapes": survey.escapes.append(word(0))
      case "adoption": take(words, into: &survey)
      default: break
      }
    }
    return survey
  }

  private static func take(_ words: [String], into survey: inout AdoptionSurvey) {
    var record = survey.record ?? AdoptionSurvey.Record()
    let value = words.count > 1 ? words[1] : ""
    switch words.first {
    case "layout": record.layout = AdoptedLayout(rawValue: value)
    case "current": record.current = value
    case "release": record.releases.append(value)
    case "shared": record.shared.append(value)
    case "made": record.made.append(value)
    default: break
    }
    survey.record = record
  }

  private static func kind(_ word: String) -> HostState.EntryKind {
    HostState.EntryKind(rawValue: word) ?? .other
  }
}
