import Schedulers
import StreamingT2V
import VideoModels

/// How the enhancer wants to be sampled; the contents of `enhancement.json`.
///
/// What it does not say is as in the release, so the seams of its chunks are random.
struct EnhancerDefaults: Codable, Sendable, Hashable {
    /// Height of the enhanced video, in pixels.
    var height: Int
    /// Width of the enhanced video, in pixels.
    var width: Int
    /// Frames of a chunk; the network is trained on so many.
    var chunkLength: Int
    /// Frames that neighbouring chunks share.
    var overlap: Int
    /// Steps of the solver.
    var steps: Int
    /// How many of the schedule's noise levels lie below the noise that the small video gets.
    var noiseLevel: Int
    /// How the first input is scaled.
    var firstInputScale: DPMSolverSDEScheduler.FirstInputScale
    /// How far predictions are pushed away from that without a caption; 1 is not at all.
    var guidanceScale: Double
    /// How much of the spread that guidance adds is taken back.
    var guidanceRescale: Double
    /// What follows every prompt.
    var promptSuffix: String

    enum CodingKeys: String, CodingKey {
        case height, width, overlap, steps
        case chunkLength = "chunk_length"
        case noiseLevel = "noise_level"
        case firstInputScale = "first_input_scale"
        case guidanceScale = "guidance_scale"
        case guidanceRescale = "guidance_rescale"
        case promptSuffix = "prompt_suffix"
    }

    var guidance: Guidance { Guidance(scale: guidanceScale, rescale: guidanceRescale) }

    /// The noise levels that the solver visits.
    var stepTable: StepTable { StepTable(steps: steps, maximum: noiseLevel - 1) }

    func grid() throws(ConfigurationError) -> ChunkGrid {
        try ChunkGrid(chunkLength: chunkLength, overlap: overlap)
    }
}
