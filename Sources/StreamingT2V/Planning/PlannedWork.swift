import VideoModels

/// A video's work in the order in which the generator does it; what a plan counts.
struct PlannedWork {
    /// A part of the work.
    struct Part {
        let name: String
        /// The networks that it uses.
        let networks: Set<NetworkShelf.Network>
        /// Numbers of the widest tensor of the UNet's or the decoder's evaluation.
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

    /// - Parameter size: of the pictures, in pixels.
    init(
        _ request: GenerationRequest, _ defaults: GenerationDefaults,
        size: (width: Int, height: Int), plan: ChunkPlan, unet: UNet3DConfiguration,
        autoencoder: AutoencoderConfiguration
    ) {
        let factor = autoencoder.factor
        func extent(_ guidance: BranchGuidance) -> UNet3DConfiguration.Extent {
            UNet3DConfiguration.Extent(
                batch: guidance.branches.count, frames: plan.firstFrames,
                height: size.height / factor, width: size.width / factor)
        }
        let atOnce =
            request.framesPerDecode
            ?? StreamingPipeline.framesPerDecode(height: size.height, width: size.width)
        func decoder(_ frames: Int) -> Double {
            autoencoder.widestCount(
                frames: min(atOnce, frames), height: size.height, width: size.width)
        }
        firstExtent = extent(request.firstSampling(defaults).firstGuidance)
        self.extent = extent(request.streamingSampling(defaults).streamingGuidance)
        decodedFrames = (plan.firstFrames, plan.addedFrames)
        var parts = [
            Part(name: "prompts", networks: [.textEncoder]),
            Part(
                name: "chunk 1, denoising", networks: [.firstUNet],
                unetCount: unet.widestCount(firstExtent)),
            Part(
                name: "chunk 1, decoding", networks: [.autoencoder],
                decoderCount: decoder(plan.firstFrames)),
        ]
        let chunks = request.frames.map(plan.chunkCount) ?? .max
        if chunks > 1 {
            parts.append(Part(name: "anchor", networks: [.imageEncoder, .projector]))
        }
        for chunk in 2..<max(2, min(chunks, 3) + 1) {
            parts.append(
                Part(
                    name: "chunk \(chunk), denoising", networks: [.unet, .extractor],
                    unetCount: unet.widestCount(self.extent)))
            parts.append(
                Part(
                    name: "chunk \(chunk), decoding", networks: [.autoencoder],
                    decoderCount: decoder(plan.addedFrames)))
        }
        self.parts = parts
    }
}
