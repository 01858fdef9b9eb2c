import Torch
import VideoModels

/// What the networks predict in one step.
extension StreamingPipeline {
    /// The guided prediction, all branches as one batch; or that of the most conditioned branch alone.
    ///
    /// - Parameters:
    ///   - deep: what a step before has kept, of all branches or of the most conditioned one, which then takes the place of
    ///     the deep layers; empty, it keeps what this one gives.
    ///   - graphs: records and replays the networks' evaluations.
    func predict(
        _ sample: Tensor, timestep: Int, _ conditioning: Conditioning, isGuided: Bool = true,
        encodedFrames: Tensor?, deep: DeepFeatures? = nil, graphs: StepGraphs? = nil
    ) throws(TensorError) -> Tensor {
        guard isGuided || conditioning.batch == 1 else {
            return try predict(
                sample, timestep: timestep, conditioning.unguided(),
                encodedFrames: encodedFrames.map { frames throws(TensorError) in
                    try frames.slice(0, 0..<frames.shape[0] / conditioning.batch)
                }, deep: deep, graphs: graphs)
        }
        // Outside of what is recorded, as it differs from step to step.
        let times = try Tensor.full(
            [conditioning.batch], value: Double(timestep), device: device)
        guard let graphs else {
            return try evaluate(sample, times, conditioning, encodedFrames, deep)
        }
        return try graphs.run(kind: conditioning.batch, sample, times) {
            [self] (sample, times) throws(TensorError) in
            try evaluate(sample, times, conditioning, encodedFrames, deep)
        }
    }

    /// The prediction as it follows from tensors alone: nothing here may copy between host and device, or wait for it.
    private func evaluate(
        _ sample: Tensor, _ times: Tensor, _ conditioning: Conditioning, _ encodedFrames: Tensor?,
        _ deep: DeepFeatures?
    ) throws(TensorError) -> Tensor {
        let input = try Tensor.concatenated(
            Array(repeating: sample, count: conditioning.batch), axis: 0)
        let prediction =
            if let deep, !deep.isEmpty {
                try shallow(input, times, conditioning, encodedFrames, deep)
            } else {
                try whole(input, times, conditioning, encodedFrames, keeping: deep)
            }
        return try conditioning.guidance.combined(prediction.converted(to: .float32))
    }

    /// All layers of extractor and UNet.
    private func whole(
        _ input: Tensor, _ times: Tensor, _ conditioning: Conditioning, _ encodedFrames: Tensor?,
        keeping deep: DeepFeatures?
    ) throws(TensorError) -> Tensor {
        var features: UNetFeatures?
        if let encodedFrames, let streaming, let context = conditioning.extractorContext {
            features = try streaming.extractor(
                input, timestep: times, context: context, encodedFrames: encodedFrames)
        }
        return try network(encodedFrames)(
            input, timestep: times, context: conditioning.context, features: features,
            keeping: deep)
    }

    /// Their shallow layers alone.
    private func shallow(
        _ input: Tensor, _ times: Tensor, _ conditioning: Conditioning, _ encodedFrames: Tensor?,
        _ deep: DeepFeatures
    ) throws(TensorError) -> Tensor {
        var entry: Tensor?
        if let encodedFrames, let streaming, conditioning.extractorContext != nil {
            entry = try streaming.extractor.entry(input, encodedFrames: encodedFrames)
        }
        return try network(encodedFrames).shallow(
            input, timestep: times, context: conditioning.context, entry: entry, deep: deep)
    }

    /// The network of a chunk with or without conditional frames.
    private func network(_ encodedFrames: Tensor?) -> UNet3D {
        encodedFrames == nil ? firstUNet ?? unet : unet
    }
}
