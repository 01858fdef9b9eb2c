/// What a caption of the drawn world says; factors that it leaves open are `nil`.
public struct SceneCaption: Sendable, Hashable {
    /// What travels.
    public let subject: Subject
    /// The colour of the subject.
    public let colour: SubjectColour?
    /// The landscape.
    public let background: Background?
    /// The light.
    public let timeOfDay: TimeOfDay?
    /// Where the subject travels.
    public let direction: Direction?
    /// How fast; normal speed goes without saying.
    public let speed: Speed
    /// Clear weather goes without saying.
    public let weather: Weather

    private enum Meaning {
        case nothing
        case subject(Subject)
        case colour(SubjectColour)
        case background(Background)
        case time(TimeOfDay)
        case direction(Direction)
        case speed(Speed)
        case weather(Weather)
    }

    /// Reads a caption: any wording and order that ``Scene/caption(variant:)`` can give, in small or capital letters.
    ///
    /// - Returns: `nil` if a word is none of the world's, if no subject is named, or if a factor is named twice.
    public init?(_ text: String) {
        let words = text.lowercased().split { $0.isWhitespace || $0 == "," || $0 == "." }
            .map(String.init)
        var found: [Meaning] = []
        var position = 0
        while position < words.count {
            let rest = words[position...]
            // The longest phrase counts: "to the left" before "left".
            guard let phrase = Self.phrases.first(where: { rest.starts(with: $0.words) }) else {
                return nil
            }
            found.append(phrase.meaning)
            position += phrase.words.count
        }
        func only<Value>(_ read: (Meaning) -> Value?) -> [Value]? {
            let values = found.compactMap(read)
            return values.count < 2 ? values : nil
        }
        guard
            let subjects = only({ if case .subject(let value) = $0 { value } else { nil } }),
            let subject = subjects.first,
            let colours = only({ if case .colour(let value) = $0 { value } else { nil } }),
            let backgrounds = only({ if case .background(let value) = $0 { value } else { nil } }),
            let times = only({ if case .time(let value) = $0 { value } else { nil } }),
            let directions = only({ if case .direction(let value) = $0 { value } else { nil } }),
            let speeds = only({ if case .speed(let value) = $0 { value } else { nil } }),
            let weathers = only({ if case .weather(let value) = $0 { value } else { nil } })
        else { return nil }
        self.subject = subject
        colour = colours.first
        background = backgrounds.first
        timeOfDay = times.first
        direction = directions.first
        speed = speeds.first ?? .normal
        weather = weathers.first ?? .clear
    }

    /// All phrases, the longest first.
    private static let phrases: [(words: [String], meaning: Meaning)] = {
        var phrases: [(String, Meaning)] = [("a", .nothing), ("an", .nothing)]
        phrases += SubjectColour.allCases.map { ($0.rawValue, .colour($0)) }
        for value in Subject.allCases {
            phrases += CaptionPhrases.nouns(value).map { ($0, .subject(value)) }
            phrases += CaptionPhrases.verbs(value).map { ($0, .nothing) }
        }
        for value in Background.allCases {
            phrases += CaptionPhrases.backgrounds(value).map { ($0, .background(value)) }
        }
        for value in TimeOfDay.allCases {
            phrases += CaptionPhrases.times(value).map { ($0, .time(value)) }
        }
        for value in Direction.allCases {
            phrases += CaptionPhrases.directions(value).map { ($0, .direction(value)) }
        }
        for value in Speed.allCases {
            phrases += CaptionPhrases.speeds(value).map { ($0, .speed(value)) }
        }
        for value in Weather.allCases {
            phrases += CaptionPhrases.weathers(value).map { ($0, .weather(value)) }
        }
        return phrases.map { ($0.0.split(separator: " ").map(String.init), $0.1) }
            .sorted { $0.0.count > $1.0.count }
    }()
}
