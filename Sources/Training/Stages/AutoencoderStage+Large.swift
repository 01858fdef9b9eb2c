import Torch

extension AutoencoderStage {
    /// The clips of a step: in a share of the steps all in the large size, as the enhancer shows them.
    ///
    /// There a detail covers twice as many pixels and black bars join the picture; an autoencoder that has never seen
    /// that returns it worse than an enlargement of the small picture is.
    func chosen(_ clips: [TrainingClip], step: Int) throws -> [TrainingClip] {
        let chance = SampleChoices(generator, step: step, slot: 0, of: 1).share(0)
        return chance < largeShare ? try clips.map { try $0.onCanvas(canvas) } : clips
    }

    /// PSNR, in dB, of large frames through the autoencoder, without their bars.
    func largePSNR(_ clips: [TrainingClip]) throws -> Double {
        var total = 0.0
        for clip in clips {
            let images = try Tensor.images(clip.onCanvas(canvas).frames)
            let decoded = try model.decode(model.encode(images).mean).frames()
            let truth = try clip.requireLarge()
            let frames = try zip(decoded, truth).map { try canvas.letterbox(of: $1).crop($0) }
            total += try PeakSignal.decibels(frames, truth: truth)
        }
        return total / Double(max(clips.count, 1))
    }
}
