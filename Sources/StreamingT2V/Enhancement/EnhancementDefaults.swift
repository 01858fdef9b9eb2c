public import Schedulers
public import VideoModels

/// How an enhancer wants to be used; lives in its folder as `enhancement.json`.
///
/// What a file leaves out has the release's value.
public struct EnhancementDefaults: Codable, Sendable, Hashable {
    /// Where chunks meet, by name; see ``BlendingPolicy/Seam``.
    public enum Seam: String, Codable, Sendable, CaseIterable {
        /// Each chunk is enhanced alone.
        case independent
        /// Chunks meet at the same place in every step.
        case fixed
        /// The paper's randomized blending.
        case paper
        /// The release's randomized blending.
        case code
    }

    /// Height that the enhanced picture must fit into, in pixels.
    public var height = 720
    /// Width that the enhanced picture must fit into, in pixels.
    public var width = 1280
    /// Frames of a chunk.
    public var chunkLength = ChunkGrid.releaseLength
    /// Frames that neighbouring chunks share.
    public var overlap = ChunkGrid.releaseOverlap
    /// Network evaluations per chunk.
    public var steps = StepTable().steps
    /// How many training steps of noise are put onto the video, 1000 being nothing but noise.
    public var noiseLevel = StepTable().maximum + 1
    /// How strongly the prompt acts; 1 switches guidance off.
    public var guidanceScale = Guidance().scale
    /// How much of the spread that guidance adds is taken back, from 0 to 1.
    public var guidanceRescale = Guidance().rescale
    /// Where chunks meet.
    public var seam = Seam.code
    /// Frames of the overlap that the earlier chunk gives where the seam is ``Seam/fixed``; half of them if `nil`.
    public var seamOffset: Int?
    /// What is put together from the chunks; if `nil`, samples for the paper's seam and predictions for the others.
    public var quantity: BlendingPolicy.Quantity?
    /// How the network's first input is scaled.
    public var firstInputScale = DPMSolverSDEScheduler.FirstInputScale.release
    /// Strength of the noise that the solver adds, from 0 to 1.
    public var eta = 1.0
    /// How much stronger edges get in the finished pictures, see `RGBFrame.sharpened`; 0 as in the release.
    public var sharpening = 0.0
    /// What is put behind every prompt: the release's comma and space, or nothing.
    public var promptSuffix = ", "

    enum CodingKeys: String, CodingKey {
        case height, width, overlap, steps, seam, quantity, eta, sharpening
        case chunkLength = "chunk_length"
        case noiseLevel = "noise_level"
        case guidanceScale = "guidance_scale"
        case guidanceRescale = "guidance_rescale"
        case seamOffset = "seam_offset"
        case firstInputScale = "first_input_scale"
        case promptSuffix = "prompt_suffix"
    }

    /// The release's values.
    public init() {}

    /// Decodes defaults.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, _ fallback: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? fallback
        }
        height = try read(.height, height)
        width = try read(.width, width)
        chunkLength = try read(.chunkLength, chunkLength)
        overlap = try read(.overlap, overlap)
        steps = try read(.steps, steps)
        noiseLevel = try read(.noiseLevel, noiseLevel)
        guidanceScale = try read(.guidanceScale, guidanceScale)
        guidanceRescale = try read(.guidanceRescale, guidanceRescale)
        seam = try read(.seam, seam)
        seamOffset = try values.decodeIfPresent(Int.self, forKey: .seamOffset)
        quantity = try values.decodeIfPresent(BlendingPolicy.Quantity.self, forKey: .quantity)
        firstInputScale = try read(.firstInputScale, firstInputScale)
        eta = try read(.eta, eta)
        sharpening = try read(.sharpening, sharpening)
        promptSuffix = try read(.promptSuffix, promptSuffix)
    }

    /// How chunks are made to agree.
    public var blending: BlendingPolicy {
        var policy: BlendingPolicy =
            switch seam {
            case .independent: BlendingPolicy(seam: .independent)
            case .fixed: BlendingPolicy(seam: .fixed(seamOffset ?? overlap / 2))
            case .paper: .paper
            case .code: .code
            }
        policy.quantity = quantity ?? policy.quantity
        return policy
    }

    /// The chunks.
    ///
    /// - Throws: `ConfigurationError.invalid` unless 0 ≤ overlap < chunk length.
    public func grid() throws(ConfigurationError) -> ChunkGrid {
        try ChunkGrid(chunkLength: chunkLength, overlap: overlap)
    }

    /// The noise levels that the solver visits.
    public var stepTable: StepTable { StepTable(steps: steps, maximum: noiseLevel - 1) }

    /// How the prompt acts.
    public var guidance: Guidance { Guidance(scale: guidanceScale, rescale: guidanceRescale) }

    /// Throws if no video can be enhanced like this.
    public func validate() throws(ConfigurationError) {
        func require(_ field: CodingKeys, _ holds: Bool, _ rule: String) throws(ConfigurationError)
        {
            guard holds else { throw .invalid(field: field.rawValue, rule: rule) }
        }
        for (field, side) in [(CodingKeys.height, height), (.width, width)] {
            try require(
                field, (8...8192).contains(side), "must be from 8 to 8192 pixels, not \(side)")
        }
        _ = try grid()
        let trainSteps = LogSNRSchedule.Configuration().trainSteps
        try require(
            .noiseLevel, (1...trainSteps).contains(noiseLevel),
            "must be from 1 to \(trainSteps), not \(noiseLevel)")
        // More points than training steps would fall on one another, and the solver divides by their distance.
        try require(
            .steps, (1...noiseLevel).contains(steps),
            "must be from 1 to the noise level of \(noiseLevel), not \(steps)")
        let real = [
            (CodingKeys.guidanceScale, guidanceScale, 100.0),
            (.guidanceRescale, guidanceRescale, 1), (.eta, eta, 1), (.sharpening, sharpening, 4),
        ]
        for (field, value, limit) in real {
            try require(
                field, value >= 0 && value <= limit, "must be from 0 to \(Int(limit)), not \(value)"
            )
        }
        if let seamOffset {
            try require(
                .seamOffset, (0...overlap).contains(seamOffset),
                "must be from 0 to the overlap of \(overlap) frames, not \(seamOffset)")
        }
    }
}
