/// How a model wants to be used; lives in its folder as `generation.json`.
public struct GenerationDefaults: Codable, Sendable, Hashable {
    /// Frames per second of the file.
    public var framesPerSecond = 8
    /// How chunks are made; its fields stand next to `fps` in the file.
    public var sampling = SamplingSettings()

    private enum CodingKeys: String, CodingKey {
        case framesPerSecond = "fps"
    }

    /// The release's values.
    public init() {}

    /// Decodes defaults; missing fields have the release's values.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        framesPerSecond =
            try values.decodeIfPresent(Int.self, forKey: .framesPerSecond) ?? framesPerSecond
        sampling = try SamplingSettings(from: decoder)
    }

    /// Encodes defaults.
    public func encode(to encoder: any Encoder) throws {
        try sampling.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(framesPerSecond, forKey: .framesPerSecond)
    }
}
