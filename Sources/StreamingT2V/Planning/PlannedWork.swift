import VideoModels

/// A video's work in the order in which the generator does it; what a plan counts.
struct PlannedWork {
    /// A part of the work.
    struct Part {
        let name: String
        /// What is done, and with which networks.
        let work: ChunkWork
        /// Elements of the widest tensor of the UNet's or the decoder's evaluation.
        var unetCount = 0.0
        var decoderCount = 0.0
    }

    /// The first three chunks at most: all further ones are as the third.
    let parts: [Part]
    /// Latents of an evaluation of the first chunk, and of a further one.
    let firstExtent: UNet3DConfiguration.Extent
    let extent: UNet3DConfiguration.Extent
    /// Frames that the first chunk decodes, and a further one.
    let decodedFrames: (first: Int, further: Int)

    /// - Parameters:
    ///   - frames: of a chunk, and those that a further one adds.
    ///   - chunks: of the whole video, or `nil` for an endless one.
    ///   - isContinuation: whether something else than a generated chunk comes first.
    init(
        _ settings: SamplingSettings, frames: (chunk: Int, added: Int), chunks: Int?,
        isContinuation: Bool, unet: UNet3DConfiguration, autoencoder: AutoencoderConfiguration
    ) {
        let factor = autoencoder.factor
        func extent(_ guidance: BranchGuidance) -> UNet3DConfiguration.Extent {
            UNet3DConfiguration.Extent(
                batch: guidance.branches.count, frames: frames.chunk,
                height: settings.height / factor, width: settings.width / factor)
        }
        let atOnce =
            settings.framesPerDecode
            ?? StreamingPipeline.framesPerDecode(height: settings.height, width: settings.width)
        func decoder(_ frames: Int) -> Double {
            autoencoder.widestCount(
                frames: min(atOnce, frames), height: settings.height, width: settings.width)
        }
        firstExtent = extent(settings.first.guidance)
        self.extent = extent(settings.further.guidance)
        decodedFrames = (frames.chunk, frames.added)
        var parts = [Part(name: "prompts", work: .prompts)]
        if !isContinuation {
            parts += [
                Part(
                    name: "chunk 1, denoising", work: .firstDenoising,
                    unetCount: unet.widestCount(firstExtent)),
                Part(
                    name: "chunk 1, decoding", work: .coding,
                    decoderCount: decoder(frames.chunk)),
            ]
        }
        let last = min(chunks ?? 3, 3)
        if last > 1 { parts.append(Part(name: "anchor", work: .anchor)) }
        for chunk in 1..<max(last, 1) {
            parts += [
                Part(
                    name: "chunk \(chunk + 1), denoising", work: .denoising,
                    unetCount: unet.widestCount(self.extent)),
                Part(
                    name: "chunk \(chunk + 1), decoding", work: .coding,
                    decoderCount: decoder(frames.added)),
            ]
        }
        self.parts = parts
    }
}
