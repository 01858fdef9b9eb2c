/// What happens while a ``GenerationJob`` runs.
public enum GenerationEvent: Sendable {
    /// The outputs are open and the weights are loaded; the first step follows.
    case began(GenerationManifest)
    /// A denoising step is done.
    case step(GenerationProgress)
    /// The reviewer has judged an attempt at a chunk.
    case reviewed(chunk: Int, GenerationManifest.Review)
    /// A chunk is in the output.
    case chunk(GenerationManifest.Chunk)
    /// The state after a chunk is in its file: a later run can go on from there.
    case saved(chunk: Int)
    /// The third stage has evaluated its network.
    case enhanced(EnhancementProgress)
    /// The outputs are closed.
    case ended(GenerationManifest)
}
