import Foundations
import VideoModels

/// How a user wants a video to be enhanced.
///
/// `nil` means the enhancer's default. Command-line options and requests over the network fill the same structure.
public struct EnhancementRequest: Codable, Sendable, Hashable {
    /// What the video shows.
    public var prompt: String
    /// What it must not show.
    public var negativePrompt = ""
    /// Seed of all randomness.
    public var seed: UInt64
    /// Width that the enhanced picture must fit into, in pixels.
    public var width: Int?
    /// Height that the enhanced picture must fit into, in pixels.
    public var height: Int?
    /// Frames of a chunk.
    public var chunkLength: Int?
    /// Frames that neighbouring chunks share.
    public var overlap: Int?
    /// Where chunks meet; a default for the offset or the quantity is that of another seam and does not count.
    public var seam: EnhancementDefaults.Seam?
    /// Frames of the overlap that the earlier chunk gives, where the seam is fixed.
    public var seamOffset: Int?
    /// What is put together from the chunks.
    public var quantity: BlendingPolicy.Quantity?
    /// How many training steps of noise are put onto the video.
    public var noiseLevel: Int?
    /// Network evaluations per chunk.
    public var steps: Int?
    /// How strongly the prompt acts; 1 switches guidance off.
    public var guidanceScale: Double?
    /// How much of the spread that guidance adds is taken back.
    public var guidanceRescale: Double?
    /// Strength of the noise that the solver adds, from 0 to 1.
    public var eta: Double?
    /// How much stronger edges get in the finished pictures.
    public var sharpening: Double?
    /// Last steps in which chunks do not wait for each other; approximate.
    public var lowDelaySteps = 0
    /// Whether a prompt that is too long may be cut.
    public var truncatesPrompt = false

    /// A request with the enhancer's defaults.
    public init(prompt: String, seed: UInt64) {
        self.prompt = prompt
        self.seed = seed
    }

    /// The request with every value that the defaults fill in.
    ///
    /// - Throws: `GenerationError` with the option's name if the request cannot be met.
    public func settings(
        _ defaults: EnhancementDefaults
    ) throws(GenerationError) -> EnhancementSettings {
        guard !prompt.isBlank else { throw .emptyPrompt }
        var sampling = defaults
        sampling.width = width ?? sampling.width
        sampling.height = height ?? sampling.height
        sampling.chunkLength = chunkLength ?? sampling.chunkLength
        sampling.overlap = overlap ?? sampling.overlap
        if let seam { (sampling.seam, sampling.seamOffset, sampling.quantity) = (seam, nil, nil) }
        sampling.seamOffset = seamOffset ?? sampling.seamOffset
        sampling.quantity = quantity ?? sampling.quantity
        sampling.noiseLevel = noiseLevel ?? sampling.noiseLevel
        sampling.steps = steps ?? sampling.steps
        sampling.guidanceScale = guidanceScale ?? sampling.guidanceScale
        sampling.guidanceRescale = guidanceRescale ?? sampling.guidanceRescale
        sampling.eta = eta ?? sampling.eta
        sampling.sharpening = sharpening ?? sampling.sharpening
        do throws(ConfigurationError) {
            try sampling.validate()
        } catch .invalid(let field, let rule) {
            throw .invalidOption(Self.option(field), rule)
        } catch {
            throw .invalidOption("the request", "\(error)")
        }
        guard (0...sampling.steps).contains(lowDelaySteps) else {
            throw .invalidOption(
                "--low-delay-steps",
                "must be from 0 to the \(sampling.steps) steps, not \(lowDelaySteps)")
        }
        return EnhancementSettings(
            prompt: prompt + sampling.promptSuffix, negativePrompt: negativePrompt, seed: seed,
            lowDelaySteps: lowDelaySteps, sampling: sampling)
    }

    /// The command line's name of a field of ``EnhancementDefaults``.
    private static func option(_ field: String) -> String {
        switch field {
        case "width", "height": "--size"
        case "chunk_length": "--chunk"
        case "seam_offset": "--seam-offset"
        default: "--" + field.split(separator: "_").joined(separator: "-")
        }
    }
}
