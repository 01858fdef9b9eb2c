import Torch

/// The diagonal: how chunks take steps, and how frames go from one step to the next.
extension StreamingEnhancer {
    /// Lets all chunks that are ready take their steps, and all that this makes ready.
    func run() throws {
        while try runNext() {}
    }

    /// Lets the chunk that is ready and has come furthest take a step.
    ///
    /// - Returns: whether there was one.
    func runNext() throws -> Bool {
        guard let step = levels.indices.last(where: isReady) else { return false }
        let index = levels[step].nextChunk
        let range = grid.frames(ofChunk: index)
        let chunk = try levels[step].samples.frames(range)
        let result = try result(of: chunk, index: index, step: step)
        let offset = seam(step: step, boundary: index)
        try levels[step].mixed.replace(
            from: range.lowerBound + offset, with: result.slice(2, offset..<grid.chunkLength))
        levels[step].nextChunk += 1
        try release(step)
        return true
    }

    /// Whether all frames of the next chunk have come to `step`.
    private func isReady(_ step: Int) -> Bool {
        let index = levels[step].nextChunk
        return grid.frames(ofChunk: index).upperBound <= levels[step].samples.end
            && index <= lastChunk ?? .max
    }

    /// Lets frames that no later chunk can change take `step`, and forgets what is not needed any more.
    func release(_ step: Int) throws {
        let end = finalEnd(step)
        if end > levels[step].final {
            try advance(levels[step].final..<end, step: step)
            levels[step].final = end
            try levels[step].mixed.drop(before: end)
            try levels[step].previous.drop(before: end)
        }
        // The next chunk looks at frames that have taken the step, too.
        try levels[step].samples.drop(before: min(end, levels[step].nextChunk * grid.stride))
    }

    /// What a chunk gives to be put together with its neighbours.
    private func result(of chunk: Tensor, index: Int, step: Int) throws -> Tensor {
        guard options.blending.sharesNoise else { return try enhanceAlone(chunk, index: index) }
        let prediction = try predict(chunk, index: index, step: step)
        guard options.blending.quantity == .sample else { return prediction }
        let previous = levels[step].histories.removeValue(forKey: index)
        if step + 1 < levels.count, sampler.usesPrevious(at: step + 1) {
            levels[step + 1].histories[index] = prediction
        }
        let noise = try stepNoise(grid.frames(ofChunk: index), step: step, like: chunk)
        return try sampler.step(
            chunk, prediction: prediction, previous: previous, at: step, noise: noise)
    }

    /// Takes all steps with one chunk, with noise of its own.
    private func enhanceAlone(_ latents: Tensor, index: Int) throws -> Tensor {
        let range = grid.frames(ofChunk: index)
        var sample = try sampler.begin(
            latents, noise: startNoise(range, chunk: index, like: latents))
        var previous: Tensor?
        for step in timesteps.indices {
            let prediction = try predict(sample, index: index, step: step)
            let noise = try stepNoise(range, step: step, chunk: index, like: latents)
            sample = try sampler.step(
                sample, prediction: prediction, previous: previous, at: step, noise: noise)
            previous = prediction
        }
        return sample
    }

    private func predict(_ sample: Tensor, index: Int, step: Int) throws -> Tensor {
        let input = try sampler.networkInput(sample, at: step)
        let prediction = try network.predict(input, timestep: timesteps[step], index: index)
        guard prediction.shape == input.shape else {
            throw EnhancementError.prediction(expected: input.shape, actual: prediction.shape)
        }
        return prediction
    }

    /// Moves final frames behind the step.
    private func advance(_ range: Range<Int>, step: Int) throws(TensorError) {
        let mixed = try levels[step].mixed.frames(range)
        var next = mixed
        if options.blending.sharesNoise, options.blending.quantity == .prediction {
            let sample = try levels[step].samples.frames(range)
            let previous =
                try sampler.usesPrevious(at: step) ? levels[step].previous.frames(range) : nil
            let noise = try stepNoise(range, step: step, like: sample)
            next = try sampler.step(
                sample, prediction: mixed, previous: previous, at: step, noise: noise)
            if step + 1 < levels.count, sampler.usesPrevious(at: step + 1) {
                try levels[step + 1].previous.append(mixed)
            }
        }
        guard step + 1 < levels.count else { return deliver(next) }
        try levels[step + 1].samples.append(next)
    }

    /// The frame behind the last one that no later chunk can change.
    private func finalEnd(_ step: Int) -> Int {
        let next = levels[step].nextChunk
        guard next > 0 else { return 0 }
        if let lastChunk, next > lastChunk { return levels[step].mixed.end }
        let first = next * grid.stride
        // Frames that would only wait behind the next step stay here: they would need memory in both.
        guard step == levels.count - 1 || isFrozen(step) else { return first }
        // Where more than two chunks overlap, a later one may reach further back.
        let end = grid.frames(ofChunk: next - 1).upperBound
        var seam = end
        var boundary = next
        while boundary * grid.stride < seam, boundary <= lastChunk ?? .max {
            seam = min(
                seam, boundary * grid.stride + self.seam(step: step, boundary: boundary))
            boundary += 1
        }
        return seam
    }

    private func isFrozen(_ step: Int) -> Bool {
        options.blending.sharesNoise && step >= levels.count - options.lowDelaySteps
    }

    /// How many shared frames stay with the chunk before `boundary`.
    private func seam(step: Int, boundary: Int) -> Int {
        if boundary > 0, isFrozen(step) { return grid.overlap }
        return options.blending.offset(
            overlap: grid.overlap, step: step, boundary: boundary, from: seams)
    }

    /// The noise that frames begin with, `[1, C, n, h, w]`.
    func startNoise(
        _ range: Range<Int>, chunk: Int? = nil, like latents: Tensor
    ) throws(TensorError) -> Tensor {
        let shape = frameShape(of: latents)
        var frames: [Tensor] = []
        for frame in range {
            frames.append(try noise.startNoise(frame: frame, chunk: chunk, shape: shape))
        }
        return try Tensor.concatenated(frames, axis: 2).moved(to: latents.device)
    }

    /// The noise that frames get in a step, `[1, C, n, h, w]`, or `nil` where the step adds none.
    private func stepNoise(
        _ range: Range<Int>, step: Int, chunk: Int? = nil, like latents: Tensor
    ) throws(TensorError) -> Tensor? {
        guard sampler.addsNoise(at: step) else { return nil }
        let shape = frameShape(of: latents)
        var frames: [Tensor] = []
        for frame in range {
            frames.append(
                try noise.stepNoise(frame: frame, step: step, chunk: chunk, shape: shape))
        }
        return try Tensor.concatenated(frames, axis: 2).moved(to: latents.device)
    }

    private func frameShape(of latents: Tensor) -> [Int] {
        let shape = latents.shape
        return [1, shape[1], 1, shape[3], shape[4]]
    }
}
