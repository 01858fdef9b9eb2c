import Foundations

/// What a request wants otherwise than the enhancer; `nil` is the enhancer's value.
public struct EnhancementChanges: Sendable, Hashable {
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

    /// Nothing.
    public init() {}

    /// Reads the changes out of the fields of a request.
    init(_ fields: inout RequestFields) throws(InvalidField) {
        width = try fields.read("width")
        height = try fields.read("height")
        chunkLength = try fields.read("chunk_length")
        overlap = try fields.read("overlap")
        seam = try fields.read("seam")
        seamOffset = try fields.read("seam_offset")
        quantity = try fields.read("quantity")
        noiseLevel = try fields.read("noise_level")
        steps = try fields.read("steps")
        guidanceScale = try fields.read("guidance_scale")
        guidanceRescale = try fields.read("guidance_rescale")
        eta = try fields.read("eta")
        sharpening = try fields.read("sharpening")
    }

    /// The enhancer's settings with these changes.
    func applied(to enhancer: EnhancementDefaults) -> EnhancementDefaults {
        var settings = enhancer
        settings.width = width ?? settings.width
        settings.height = height ?? settings.height
        settings.chunkLength = chunkLength ?? settings.chunkLength
        settings.overlap = overlap ?? settings.overlap
        if let seam { (settings.seam, settings.seamOffset, settings.quantity) = (seam, nil, nil) }
        settings.seamOffset = seamOffset ?? settings.seamOffset
        settings.quantity = quantity ?? settings.quantity
        settings.noiseLevel = noiseLevel ?? settings.noiseLevel
        settings.steps = steps ?? settings.steps
        settings.guidanceScale = guidanceScale ?? settings.guidanceScale
        settings.guidanceRescale = guidanceRescale ?? settings.guidanceRescale
        settings.eta = eta ?? settings.eta
        settings.sharpening = sharpening ?? settings.sharpening
        return settings
    }
}
