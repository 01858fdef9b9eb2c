extension Scene {
    /// Each word that captions use, and the comma, sorted.
    public static var captionVocabulary: [String] { CaptionPhrases.vocabulary }

    /// The canonical caption: every factor in fixed words and order.
    ///
    /// Normal speed and clear weather go without saying, for example
    /// "a red car drives slowly to the left past green hills at sunset in the snow".
    public var caption: String { caption(variant: 0) }

    /// One of many wordings of the scene.
    ///
    /// Half of the variants are the canonical caption; the others use synonyms, leave out factors
    /// (never the subject) and change the order of words.
    ///
    /// - Parameter variant: 0 for ``caption``; any other number is a seed.
    public func caption(variant: UInt64) -> String {
        let noise = HashNoise(seed: variant)
        let isFree = variant != 0 && noise.unit(1) >= 0.5
        /// The wording of a factor; empty when the factor goes without saying or is dropped.
        func word(_ phrases: [String], _ purpose: UInt64, drop: Double) -> String {
            guard let canonical = phrases.first else { return "" }
            guard isFree else { return canonical }
            if noise.unit(purpose, 0) < drop { return "" }
            let isSynonym = noise.unit(purpose, 1) < 0.6
            return isSynonym
                ? phrases[Int(noise.unit(purpose, 2) * Double(phrases.count))] : canonical
        }
        let colour = word([colour.rawValue], 2, drop: 0.1)
        let noun = word(CaptionPhrases.nouns(subject), 3, drop: 0)
        let verb = word(CaptionPhrases.verbs(subject), 4, drop: 0.1)
        let speed = word(CaptionPhrases.speeds(speed), 5, drop: 0.2)
        let direction = word(CaptionPhrases.directions(direction), 6, drop: 0.2)
        let background = word(CaptionPhrases.backgrounds(background), 7, drop: 0.15)
        let time = word(CaptionPhrases.times(timeOfDay), 8, drop: 0.2)
        let weather = word(CaptionPhrases.weathers(weather), 9, drop: 0.2)

        let who = CaptionPhrases.withArticle(Self.joined([colour, noun]))
        // "a car to the left" needs its verb: without one only the surroundings are told.
        let how = verb.isEmpty ? [] : [verb, speed, direction]
        let how2 = verb.isEmpty ? [] : [verb, direction, speed]
        switch isFree ? Int(noise.unit(10) * 6) : 0 {
        case 1:
            let opening = Self.joined([time, weather])
            return Self.joined([opening + (opening.isEmpty ? "" : ","), who] + how + [background])
        case 2: return Self.joined([who] + how2 + [background, weather, time])
        case 3: return Self.joined([who] + how + [time, background, weather])
        case 4:
            let opening = time + (time.isEmpty ? "" : ",")
            return Self.joined([opening, who] + how2 + [background, weather])
        default: return Self.joined([who] + how + [background, time, weather])
        }
    }

    private static func joined(_ words: [String]) -> String {
        words.filter { !$0.isEmpty }.joined(separator: " ")
    }
}
