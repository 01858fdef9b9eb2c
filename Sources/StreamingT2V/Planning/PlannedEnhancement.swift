import Torch
import VideoModels

/// The third stage's share in the work on a video; what a plan counts.
struct PlannedEnhancement {
    /// Seconds per multiplication at each level of the UNet and of the autoencoder.
    typealias Speeds = (unet: [Double], autoencoder: [Double])

    let shelf: EnhancementShelf
    /// Size of the enhanced frames.
    let size: (width: Int, height: Int)
    /// Frames of the whole video, or `nil` for an endless one.
    let frames: Int?
    /// Evaluations of the UNet, one chunk each; `nil` for an endless video.
    let evaluations: Int?
    private let sampling: EnhancementDefaults
    private let grid: ChunkGrid
    /// Size of the pictures that the networks work on.
    private let canvas: (width: Int, height: Int)

    /// - Parameters:
    ///   - picture: size of the frames before.
    ///   - frames: of the whole video, or `nil` for an endless one.
    init(
        _ stage: GenerationJob.Enhancement, picture: (width: Int, height: Int), frames: Int?
    ) throws {
        shelf = try stage.enhancer.makeShelf()
        sampling = stage.request.settings.sampling
        size = try stage.enhancer.outputSize(
            width: picture.width, height: picture.height, for: stage.request)
        grid = try sampling.grid()
        let rule = stage.enhancer.sizeRule
        canvas = (rule.width(atLeast: sampling.width), rule.height(atLeast: sampling.height))
        self.frames = frames
        evaluations = try frames.map { [grid, sampling] in
            try grid.chunkCount(frames: $0) * sampling.steps
        }
    }

    private var unet: Vid2VidConfiguration { shelf.pipeline.unet.configuration }
    private var autoencoder: AutoencoderConfiguration { shelf.pipeline.autoencoder.configuration }

    /// Latents of one evaluation.
    private var extent: UNet3DConfiguration.Extent {
        let factor = autoencoder.factor
        return UNet3DConfiguration.Extent(
            batch: sampling.guidance.needsNegative ? 2 : 1, frames: grid.chunkLength,
            height: canvas.height / factor, width: canvas.width / factor)
    }

    /// The enhancement of a chunk: pictures become latents, the UNet works on these, and they become pictures again.
    func phase(_ name: String) -> PlannedWork.Phase {
        PlannedWork.Phase(
            name: name, networks: EnhancementShelf.enhancing,
            unetCount: unet.network.widestCount(extent),
            decoderCount: autoencoder.widestCount(
                frames: 1, height: canvas.height, width: canvas.width),
            heldBytes: heldFrames * unet.inChannels * extent.height * extent.width
                * DType.float32.byteCount)
    }

    /// The most frames of latents that are held; see docs/enhancement.md, "Delay and memory".
    private var heldFrames: Int {
        guard sampling.blending.sharesNoise else { return 3 * grid.chunkLength }
        let inSteps = sampling.steps * grid.overlap
        let sums = 2 * (sampling.steps * grid.reach * grid.stride + grid.chunkLength) + inSteps
        let most = sums + (sampling.blending.quantity == .sample ? inSteps : 0)
        // A shorter video is never held but as a whole, in samples, predictions and mixed frames.
        return min(most, frames.map { 3 * max($0, grid.chunkLength) } ?? most)
    }

    /// Tries one layer of each size.
    func speeds() throws -> Speeds {
        let preparation = shelf.preparation
        return try withInferenceMode { () throws(TensorError) in
            (
                try SpeedProbe.unet(unet.network, extent, preparation),
                try SpeedProbe.decoder(
                    autoencoder, height: canvas.height, width: canvas.width, preparation)
            )
        }
    }

    /// The times of the third stage.
    func times(_ speeds: Speeds) -> GenerationPlan.EnhancementTimes {
        let evaluation = TimeForecast.seconds(unet.network.multiplications(extent), speeds.unet)
        let coding = [
            autoencoder.encoderMultiplications(
                frames: 1, height: canvas.height, width: canvas.width),
            autoencoder.decoderMultiplications(
                frames: 1, height: canvas.height, width: canvas.width),
        ]
        let frame = coding.reduce(0) { $0 + TimeForecast.seconds($1, speeds.autoencoder) }
        let total = evaluations.flatMap { evaluations in
            frames.map { Double(evaluations) * evaluation + Double($0) * frame }
        }
        return GenerationPlan.EnhancementTimes(evaluation: evaluation, frame: frame, total: total)
    }

    /// Its part of a plan.
    var plan: GenerationPlan.Enhancement {
        GenerationPlan.Enhancement(
            width: size.width, height: size.height, chunkFrames: grid.chunkLength,
            steps: sampling.steps, evaluations: evaluations)
    }
}
