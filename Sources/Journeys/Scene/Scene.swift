/// Everything that decides how a clip looks: seven named factors and a seed for the rest.
///
/// A frame is a pure function of the scene, the frame index and the size.
public struct Scene: Codable, Sendable, Hashable {
    /// What travels.
    public var subject: Subject
    /// The colour of the subject.
    public var colour: SubjectColour
    /// The landscape.
    public var background: Background
    /// The light.
    public var timeOfDay: TimeOfDay
    /// Where the subject faces and travels.
    public var direction: Direction
    /// How fast.
    public var speed: Speed
    /// Clear, or snow.
    public var weather: Weather
    /// Decides what captions leave open: shapes of hills, places of clouds, the subject's size.
    public var layoutSeed: UInt64

    /// Gathers the factors of a scene.
    public init(
        subject: Subject, colour: SubjectColour, background: Background, timeOfDay: TimeOfDay,
        direction: Direction, speed: Speed, weather: Weather, layoutSeed: UInt64
    ) {
        self.subject = subject
        self.colour = colour
        self.background = background
        self.timeOfDay = timeOfDay
        self.direction = direction
        self.speed = speed
        self.weather = weather
        self.layoutSeed = layoutSeed
    }

    /// Whether the subject can be there: a sailboat needs the ocean.
    public var isPossible: Bool { subject.backgrounds.contains(background) }
}
