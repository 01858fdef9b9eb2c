/// The wordings of each factor; the first of each list is the canonical one.
enum CaptionPhrases {
    static func nouns(_ subject: Subject) -> [String] {
        switch subject {
        case .car: ["car", "small car"]
        case .bus: ["bus", "long bus"]
        case .train: ["train", "steam train"]
        case .sailboat: ["sailboat", "small sailboat"]
        case .balloon: ["balloon", "hot air balloon"]
        case .bird: ["bird", "little bird"]
        }
    }

    static func verbs(_ subject: Subject) -> [String] {
        switch subject {
        case .car: ["drives", "is driving", "travels", "moves"]
        case .bus: ["drives", "is driving", "travels", "moves"]
        case .train: ["rolls", "is rolling", "travels", "moves"]
        case .sailboat: ["sails", "is sailing", "travels", "glides"]
        case .balloon: ["floats", "is floating", "drifts", "flies"]
        case .bird: ["flies", "is flying", "glides", "soars"]
        }
    }

    static func backgrounds(_ background: Background) -> [String] {
        switch background {
        case .greenHills: ["past green hills", "through green hills", "in front of green hills"]
        case .desert: ["through the desert", "across the desert", "past sand dunes"]
        case .mountains: ["past mountains", "in the mountains", "in front of high mountains"]
        case .city: ["past a city", "through the city", "in front of city buildings"]
        case .ocean: ["across the ocean", "by the sea", "along the ocean"]
        case .forest: ["past a forest", "through the forest", "in front of trees"]
        }
    }

    static func times(_ time: TimeOfDay) -> [String] {
        switch time {
        case .day: ["by day", "during the day", "in daylight"]
        case .sunset: ["at sunset", "in the evening", "at dusk"]
        case .night: ["at night", "by night", "under the moon"]
        }
    }

    static func directions(_ direction: Direction) -> [String] {
        let side = direction.rawValue
        return ["to the \(side)", "towards the \(side)", side]
    }

    static func speeds(_ speed: Speed) -> [String] {
        switch speed {
        case .slow: ["slowly", "at low speed", "gently"]
        case .normal: []
        case .fast: ["quickly", "at high speed", "fast"]
        }
    }

    static func weathers(_ weather: Weather) -> [String] {
        weather == .clear ? [] : ["in the snow", "while it snows", "in falling snow"]
    }

    /// "a red" or "an orange": the article follows the sound.
    static func withArticle(_ words: String) -> String {
        guard let first = words.first else { return words }
        return ("aeiou".contains(first) ? "an " : "a ") + words
    }

    /// Each word that a caption can hold, and the comma.
    static let vocabulary: [String] = {
        var phrases = ["a", "an"] + SubjectColour.allCases.map(\.rawValue)
        phrases += Subject.allCases.flatMap { nouns($0) + verbs($0) }
        phrases += Background.allCases.flatMap(backgrounds)
        phrases += TimeOfDay.allCases.flatMap(times)
        phrases += Direction.allCases.flatMap(directions)
        phrases += Speed.allCases.flatMap(speeds)
        phrases += Weather.allCases.flatMap(weathers)
        return Set(phrases.flatMap { $0.split(separator: " ").map(String.init) } + [","]).sorted()
    }()
}
