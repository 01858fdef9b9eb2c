/// A part of the work on a video, by which networks come into memory and leave it.
package enum ChunkWork: Sendable, Hashable {
    /// Prompts become text tokens.
    case prompts
    /// The first chunk is denoised.
    case firstDenoising
    /// The anchor frame becomes image tokens.
    case anchor
    /// A further chunk is denoised.
    case denoising
    /// Latents become frames, or frames latents.
    case coding

    /// The networks that it uses.
    var networks: Set<Part.ID> {
        switch self {
        case .prompts: [.textEncoder]
        case .firstDenoising: [.firstUNet]
        case .anchor: [.imageEncoder, .projector]
        case .denoising: [.unet, .extractor]
        case .coding: [.autoencoder]
        }
    }
}
