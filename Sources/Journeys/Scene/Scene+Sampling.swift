extension Scene {
    /// Pairs of subject and colour that training never shows.
    public static let heldOutColours: [(subject: Subject, colour: SubjectColour)] = [
        (.car, .purple), (.bus, .green), (.train, .yellow), (.sailboat, .orange),
        (.balloon, .black), (.bird, .blue),
    ]

    /// Pairs of subject and background that training never shows.
    public static let heldOutBackgrounds: [(subject: Subject, background: Background)] = [
        (.car, .desert), (.bus, .forest), (.train, .ocean), (.balloon, .mountains),
    ]

    /// Whether the scene holds a pair of ``heldOutColours`` or ``heldOutBackgrounds``.
    public var isHeldOut: Bool {
        Self.isHeldOut(subject, colour, background)
    }

    /// Draws scene number `index` of the endless list that `seed` names.
    ///
    /// Subjects are equally likely, then the pairs of colour and background that the split allows,
    /// then the other factors; it snows in one scene of five. Any index can be drawn alone.
    public static func sample(seed: UInt64, index: Int, split: Split) -> Scene {
        let noise = HashNoise(seed: seed ^ 0x4a6f_7572_6e65_7973)
        let counter = UInt64(bitPattern: Int64(index))
        func pick<T>(_ values: [T], _ purpose: UInt64) -> T {
            values[Int(noise.bits(purpose, counter) % UInt64(values.count))]
        }
        let subject = pick(Subject.allCases, 1)
        let (colour, background) = pick(pairs(of: subject, in: split), 2)
        return Scene(
            subject: subject, colour: colour, background: background,
            timeOfDay: pick(TimeOfDay.allCases, 3), direction: pick(Direction.allCases, 4),
            speed: pick(Speed.allCases, 5),
            weather: pick([.clear, .clear, .clear, .clear, .snow], 6),
            layoutSeed: noise.bits(7, counter))
    }

    private static func pairs(
        of subject: Subject, in split: Split
    ) -> [(SubjectColour, Background)] {
        SubjectColour.allCases.flatMap { colour in
            subject.backgrounds.compactMap { background in
                switch (split, isHeldOut(subject, colour, background)) {
                case (.training, true), (.heldOut, false): nil
                default: (colour, background)
                }
            }
        }
    }

    private static func isHeldOut(
        _ subject: Subject, _ colour: SubjectColour, _ background: Background
    ) -> Bool {
        heldOutColours.contains { $0.subject == subject && $0.colour == colour }
            || heldOutBackgrounds.contains {
                $0.subject == subject && $0.background == background
            }
    }
}
