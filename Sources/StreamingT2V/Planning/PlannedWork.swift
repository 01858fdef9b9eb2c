import VideoModels

/// A video's work in the order in which the generator does it; what a plan counts.
struct PlannedWork {
    /// A phase of the work.
    struct Phase {
        let name: String
        /// The networks that work.
        let networks: Set<Part.ID>
        /// Elements of the widest tensor of the UNet's or the decoder's evaluation, whichever are evaluated in turns.
        var unetCount = 0.0
        var decoderCount = 0.0
        /// Bytes that stay in memory from one evaluation to the next.
        var heldBytes = 0
        /// Whether networks that are not kept leave memory at its end, not at the next use of their shelf.
        var releases = false
    }

    /// The first three chunks at most: all further ones are as the third.
    let phases: [Phase]
    /// Phases of a further chunk.
    let phasesPerChunk: Int
    /// Latents of an evaluation of the first chunk, and of a further one.
    let firstExtent: UNet3DConfiguration.Extent
    let extent: UNet3DConfiguration.Extent
    /// Frames that the first chunk decodes, and a further one.
    let decodedFrames: (first: Int, further: Int)

    /// - Parameters:
    ///   - frames: of a chunk, and those that a further one adds.
    ///   - chunks: of the whole video, or `nil` for an endless one.
    ///   - isContinuation: whether something else than a generated chunk comes first.
    ///   - third: the third stage, if there is one.
    init(
        _ settings: SamplingSettings, frames: (chunk: Int, added: Int), chunks: Int?,
        isContinuation: Bool, unet: UNet3DConfiguration, autoencoder: AutoencoderConfiguration,
        enhancing third: PlannedEnhancement? = nil
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
        func chunk(
            _ number: Int, _ work: ChunkWork, _ extent: UNet3DConfiguration.Extent,
            adding frames: Int
        ) -> [Phase] {
            [
                Phase(
                    name: "chunk \(number), denoising", networks: work.networks,
                    unetCount: unet.widestCount(extent)),
                Phase(
                    name: "chunk \(number), decoding", networks: ChunkWork.coding.networks,
                    decoderCount: decoder(frames)),
            ] + enhancing("chunk \(number)")
        }
        func enhancing(_ name: String) -> [Phase] {
            third.map { [$0.phase("\(name), enhancing")] } ?? []
        }
        var phases = [Phase(name: "prompts", networks: ChunkWork.prompts.networks)]
        if third != nil {
            phases.insert(
                Phase(
                    name: "prompts of the enhancer", networks: EnhancementShelf.encoding,
                    releases: true), at: 0)
        }
        phases +=
            isContinuation
            ? enhancing("footage") : chunk(1, .firstDenoising, firstExtent, adding: frames.chunk)
        let last = min(chunks ?? 3, 3)
        if last > 1 { phases.append(Phase(name: "anchor", networks: ChunkWork.anchor.networks)) }
        for index in 1..<max(last, 1) {
            phases += chunk(index + 1, .denoising, self.extent, adding: frames.added)
        }
        self.phases = phases
        phasesPerChunk = third == nil ? 2 : 3
    }
}
