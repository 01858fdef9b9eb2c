import StreamingT2V
import Torch

/// The enhancement as the release orders it: each step over all chunks of the whole video before the next step.
///
/// Written for its plainness, and without any part of the streaming order: whole videos, one loop per step.
struct StepMajorReference {
    let options: StreamingEnhancer.Options
    let sampler: any EnhancementSampler
    let network: any ChunkNetwork
    let generator: RandomGenerator

    private var grid: ChunkGrid { options.grid }
    private var overlap: Int { grid.overlap }

    func enhance(_ video: Tensor) throws -> Tensor {
        let received = video.shape[2]
        let chunks = try grid.chunkCount(frames: received, tail: options.tail)
        let total = (chunks - 1) * (grid.chunkLength - overlap) + grid.chunkLength
        var latents = video
        while latents.shape[2] < total {
            let last = latents.shape[2]
            latents = try Tensor.concatenated(
                [latents, latents.slice(2, last - 1..<last)], axis: 2)
        }
        latents = try latents.slice(2, 0..<total).contiguous()
        let result =
            options.blending.seam == .independent
            ? try independent(latents, chunks) : try shared(latents, chunks)
        return try result.slice(2, 0..<min(received, total)).contiguous()
    }

    private func shared(_ latents: Tensor, _ chunks: Int) throws -> Tensor {
        let total = latents.shape[2]
        var sample = try sampler.begin(
            latents, noise: noise(0..<total, step: nil, chunk: nil, like: latents))
        var lastBlended: Tensor?
        var lastOwn: [Tensor] = []
        for (step, timestep) in sampler.timesteps.enumerated() {
            let stepNoise =
                try sampler.addsNoise(at: step)
                ? noise(0..<total, step: step, chunk: nil, like: latents) : nil
            var own: [Tensor] = []
            var written: [Tensor] = []
            for chunk in 0..<chunks {
                let range = grid.frames(ofChunk: chunk)
                let part = try sample.slice(2, range).contiguous()
                let prediction = try network.predict(
                    sampler.networkInput(part, at: step), timestep: timestep, index: chunk)
                own.append(prediction)
                if options.blending.quantity == .prediction {
                    written.append(prediction)
                } else {
                    written.append(
                        try sampler.step(
                            part, prediction: prediction,
                            previous: lastOwn.isEmpty ? nil : lastOwn[chunk], at: step,
                            noise: stepNoise?.slice(2, range)))
                }
            }
            let seams = (0..<chunks).map { seam(step, $0, chunks) }
            let blended = try overwrite(written, seams)
            if options.blending.quantity == .prediction {
                sample = try sampler.step(
                    sample, prediction: blended, previous: lastBlended, at: step, noise: stepNoise)
            } else {
                sample = blended
            }
            (lastBlended, lastOwn) = (blended, own)
        }
        return sample
    }

    private func independent(_ latents: Tensor, _ chunks: Int) throws -> Tensor {
        let results = try (0..<chunks).map { chunk in
            let range = grid.frames(ofChunk: chunk)
            let part = try latents.slice(2, range).contiguous()
            var sample = try sampler.begin(
                part, noise: noise(range, step: nil, chunk: chunk, like: part))
            var last: Tensor?
            for (step, timestep) in sampler.timesteps.enumerated() {
                let prediction = try network.predict(
                    sampler.networkInput(sample, at: step), timestep: timestep, index: chunk)
                let noise =
                    try sampler.addsNoise(at: step)
                    ? noise(range, step: step, chunk: chunk, like: part) : nil
                sample = try sampler.step(
                    sample, prediction: prediction, previous: last, at: step, noise: noise)
                last = prediction
            }
            return sample
        }
        return try overwrite(results, (0..<chunks).map { $0 == 0 ? 0 : overlap / 2 })
    }

    /// Every chunk written at its place from its seam on, in the order of the chunks, frame by frame.
    private func overwrite(_ chunks: [Tensor], _ seams: [Int]) throws -> Tensor {
        var frames: [Tensor?] = []
        for (chunk, tensor) in chunks.enumerated() {
            let range = grid.frames(ofChunk: chunk)
            while frames.count < range.upperBound { frames.append(nil) }
            for local in seams[chunk]..<grid.chunkLength {
                frames[range.lowerBound + local] = try tensor.slice(2, local..<local + 1)
            }
        }
        return try Tensor.concatenated(frames.compactMap(\.self), axis: 2)
    }

    private func seam(_ step: Int, _ chunk: Int, _ chunks: Int) -> Int {
        guard chunk > 0, overlap > 0 else { return 0 }
        if step >= sampler.timesteps.count - options.lowDelaySteps { return overlap }
        switch options.blending.seam {
        case .independent: return overlap / 2
        case .fixed(let offset): return offset
        case .randomizedCode:
            return generator.draw(below: overlap, step: step, boundary: chunk)
        case .randomizedPaper:
            return overlap - generator.draw(below: overlap + 1, step: step, boundary: chunk)
        }
    }

    /// One normal tensor per frame, joined.
    private func noise(
        _ frames: Range<Int>, step: Int?, chunk: Int?, like latents: Tensor
    ) throws -> Tensor {
        let shape = latents.shape
        let source =
            chunk.map { RandomGenerator(seed: generator.bits(.enhancementChunk, chunk: $0)) }
            ?? generator
        return try Tensor.concatenated(
            frames.map {
                try source.normal(
                    [1, shape[1], 1, shape[3], shape[4]],
                    step == nil ? .enhancementStart : .enhancementStep, chunk: $0, step: step ?? 0)
            }, axis: 2)
    }
}
