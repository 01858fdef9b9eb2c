public import Foundations

/// What a request wants otherwise than the model; `nil` is the model's value.
public struct SamplingChanges: Encodable, Sendable, Hashable {
    /// Width of the video, in pixels.
    public var width: Int?
    /// Height of the video, in pixels.
    public var height: Int?
    /// Denoising steps of every chunk.
    public var steps: Int?
    /// How strongly the prompt acts in every chunk; 1 or less switches guidance off.
    public var guidanceScale: Double?
    /// See ``SamplingSettings/anchorScale``.
    public var anchorScale: Double?
    /// See ``SamplingSettings/guidedSteps``.
    public var guidedSteps: Int?
    /// See ``SamplingSettings/cacheInterval``.
    public var cacheInterval: Int?
    /// Noise strength of DDIM, from 0 to 1; makes DDIM the solver unless one is named.
    public var eta: Double?
    /// Solver of all chunks.
    public var solver: SamplingSettings.Solver?
    /// Solver of the first chunk, where it is another one.
    public var firstSolver: SamplingSettings.Solver?
    /// See ``SamplingSettings/join``.
    public var join: SamplingSettings.Join?
    /// See ``SamplingSettings/framesPerDecode``.
    public var framesPerDecode: Int?

    enum CodingKeys: String, CodingKey {
        case width, height, steps, eta, solver, join
        case guidanceScale = "guidance_scale"
        case anchorScale = "anchor_scale"
        case guidedSteps = "guided_steps"
        case cacheInterval = "cache_interval"
        case firstSolver = "first_solver"
        case framesPerDecode = "decode_frames"
    }

    /// Nothing.
    public init() {}

    /// Reads the changes out of the fields of a request.
    init(_ fields: inout RequestFields) throws(InvalidField) {
        width = try fields.read("width")
        height = try fields.read("height")
        steps = try fields.read("steps")
        guidanceScale = try fields.read("guidance_scale")
        anchorScale = try fields.read("anchor_scale")
        guidedSteps = try fields.read("guided_steps")
        cacheInterval = try fields.read("cache_interval")
        eta = try fields.read("eta")
        solver = try fields.read("solver")
        firstSolver = try fields.read("first_solver")
        join = try fields.read("join")
        framesPerDecode = try fields.read("decode_frames")
    }

    /// The model's settings with these changes.
    ///
    /// - Throws: `InvalidField` where two changes contradict each other.
    func applied(to model: SamplingSettings) throws(InvalidField) -> SamplingSettings {
        if eta != nil, solver == .dpmSolver, firstSolver != .ddim {
            throw InvalidField("eta", "works with \(field: "solver") ddim only")
        }
        var settings = model
        settings.width = width ?? model.width
        settings.height = height ?? model.height
        settings.firstSteps = steps ?? model.firstSteps
        settings.steps = steps ?? model.steps
        settings.firstGuidanceScale = guidanceScale ?? model.firstGuidanceScale
        settings.guidanceScale = guidanceScale ?? model.guidanceScale
        settings.anchorScale = anchorScale ?? model.anchorScale ?? max(settings.guidanceScale, 1)
        settings.guidedSteps = guidedSteps ?? model.guidedSteps
        settings.cacheInterval = cacheInterval ?? model.cacheInterval
        settings.firstSolver = firstSolver ?? solver ?? (eta == nil ? model.firstSolver : .ddim)
        settings.solver = solver ?? (eta == nil ? model.solver : .ddim)
        settings.eta = eta ?? model.eta
        settings.join = join ?? model.join
        settings.framesPerDecode = framesPerDecode ?? model.framesPerDecode
        return settings
    }
}

extension SamplingChanges: Decodable {
    /// Decodes changes from JSON.
    ///
    /// - Throws: `InvalidField` for an unknown field, with the nearest one, and for a value of another type.
    public init(from decoder: any Decoder) throws {
        var fields = try RequestFields(decoder)
        try self.init(&fields)
        try fields.requireAllKnown()
    }
}
