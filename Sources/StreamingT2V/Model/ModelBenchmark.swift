import Foundations
import Checkpoints
public import Foundation
public import Torch
import TorchNN
import VideoModels

/// One piece of a model's work on given inputs, to be timed and to be compared with another program's.
public actor ModelBenchmark {
    /// What is computed.
    public enum Work: String, Sendable, CaseIterable {
        /// One step of the base UNet as generation does it: both branches of guidance in one batch, and keys and values of
        /// the text made once for all steps.
        case denoising
        /// One step of training the base UNet: forwards, backwards, AdamW; the sample is what it should have predicted.
        case training
        /// Pictures from latents.
        case decoding
        /// What the text transformer makes of prompts, in the type that generation encodes them in.
        case text
        /// What the image transformer makes of anchor frames.
        case image
    }

    private let executor = ModelExecutor(name: "benchmark")
    private let folder: ModelFolder
    private let work: Work
    private let inputs: [String: Tensor]
    private let dtype: DType
    private let device: Device
    private let workers: Int
    private let recorder: StepRecorder?
    private var compute: (() throws -> Tensor)?

    /// The thread that computes, as in generation.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Reads the inputs.
    ///
    /// - Parameters:
    ///   - folder: a model; of its parts only that is needed which works: `unet/`, `vae/`, `text_encoder/` or
    ///     `image_encoder/`.
    ///   - inputs: a safetensors file with `sample` `[B, C, F, h, w]`, `timestep` `[B]` and `context` `[B, L, D]`;
    ///     to decode with `latents` `[N, C, h, w]`; for prompts with `tokens` `[N, L]`; for anchors with `image`
    ///     `[N, 3, H, W]`, of the transformer's size.
    ///   - dtype: what convolutions and matrix products compute in; in training, by autocast.
    ///   - workers: parts of the batch that are computed at once in training, as `train --workers` does.
    ///   - recorder: records the second step of denoising, of which those behind it are replays.
    /// - Throws: `InvalidField` if an input is missing or does not fit the network; `CheckpointError`,
    ///   `ConfigurationError`, `TensorError`.
    public init(
        _ folder: ModelFolder, _ work: Work = .denoising, inputs: URL, dtype: DType = .float32,
        device: Device = .cpu, workers: Int = 1, recorder: StepRecorder? = nil
    ) throws {
        guard workers == 1 || work == .training else {
            throw InvalidField("workers", "is for \(field: "work") training only")
        }
        guard work != .training || dtype != .float16 else {
            throw InvalidField(
                "dtype", "must be float32 or bfloat16 in training, whose gradients float16 loses")
        }
        guard work != .text || dtype == .float32 else {
            throw InvalidField(
                "dtype",
                "must be float32 for text, which generation never encodes in another type")
        }
        guard work == .denoising || recorder == nil else {
            throw InvalidField(
                "cuda_graphs", "records denoising alone, not \(work)")
        }
        (self.folder, self.work, self.dtype, self.device) = (folder, work, dtype, device)
        self.workers = workers
        self.recorder = recorder
        let archive = try openCheckpoint(inputs)
        func input(_ name: String, _ axes: [Int?]) throws -> Tensor {
            let shape = archive.entries[name]?.shape
            guard let shape, shape.count == axes.count,
                zip(shape, axes).allSatisfy({ $0 > 0 && $0 == $1 ?? $0 })
            else {
                let wanted = axes.map { $0.map(String.init) ?? "*" }.joined(separator: ", ")
                throw InvalidField(
                    "inputs",
                    "must hold \(name) with shape [\(wanted)], "
                        + "not \(shape.map(String.init(describing:)) ?? "nothing")")
            }
            let tensor = try archive.tensor(name)
            return try (work == .text ? tensor : tensor.converted(to: .float32)).moved(to: device)
        }
        switch work {
        case .decoding:
            let channels = try folder.autoencoderConfiguration().latentChannels
            self.inputs = ["latents": try input("latents", [nil, channels, nil, nil])]
        case .text:
            let sizes = try folder.textConfiguration()
            let tokens = try input("tokens", [nil, sizes.contextLength])
            guard tokens.dtype == .int64 else {
                throw InvalidField(
                    "inputs", "must hold tokens as int64, not \(tokens.dtype)")
            }
            self.inputs = ["tokens": tokens]
        case .image:
            let side = try folder.imageConfiguration().imageSize
            self.inputs = ["image": try input("image", [nil, 3, side, side])]
        case .denoising, .training:
            let configuration = try folder.unetConfiguration()
            let sample = try input("sample", [nil, configuration.inChannels, nil, nil, nil])
            let batch = sample.shape[0]
            self.inputs = [
                "sample": sample, "timestep": try input("timestep", [batch]),
                "context": try input(
                    "context", [batch, nil, configuration.crossAttentionDimension]),
            ]
            guard (1...batch).contains(workers) else {
                throw InvalidField(
                    "workers",
                    "must be from 1 to \(batch), the rows of the inputs, not \(workers)")
            }
        }
    }

    /// Loads the network, and packs it if it is not to be trained.
    ///
    /// On the thread of the steps, as generation does: OpenMP keeps helpers for each thread that ever needed some, and
    /// where all of them are more than the processor's cores, they sleep between two layers instead of waiting awake.
    public func load() throws { _ = try loaded() }

    private func loaded() throws -> () throws -> Tensor {
        if let compute { return compute }
        let made =
            switch work {
            case .denoising: try denoising()
            case .training: try training()
            case .decoding: try decoding()
            case .text: try encodingText()
            case .image: try encodingImage()
            }
        compute = made
        return made
    }

    /// Computes once; loads the network before the first time, if ``load()`` has not.
    ///
    /// - Parameter file: a safetensors file to be written, with the result as `prediction`: `[B, C, F, h, w]`, of
    ///   training the loss and the norm of all gradients, of decoding `[N, 3, H, W]`, of text `[N, L, D]`, of images
    ///   `[N, E]`.
    /// - Returns: seconds until the result lay in memory.
    @discardableResult
    public func step(savingTo file: URL? = nil) throws -> Double {
        let compute = try loaded()
        let begin = ContinuousClock.now
        let prediction = try compute()
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        if let file { try saveTensors([("prediction", prediction)], to: file) }
        return seconds
    }

    private func input(_ name: String) throws(TensorError) -> Tensor {
        guard let tensor = inputs[name] else { throw .emptyParameter(shape: []) }
        return tensor
    }

    private var preparation: Preparation { .inference(dtype: dtype, device: device) }

    private func denoising() throws -> () throws(TensorError) -> Tensor {
        let unet = UNet3D(try folder.unetConfiguration())
        try folder.load(unet, isStreaming: false, LoadingMode(preparation: preparation))
        try unet.prepare(for: preparation)
        let (sample, timestep) = (try input("sample"), try input("timestep"))
        let context = AttentionContext(try input("context"), isCached: true)
        let graphs = recorder.map(StepGraphs.init)
        func predict(_ sample: Tensor, _ timestep: Tensor) throws(TensorError) -> Tensor {
            try unet(sample, timestep: timestep, context: context).converted(to: .float32)
        }
        return { () throws(TensorError) in
            try withInferenceMode { () throws(TensorError) in
                let prediction =
                    if let graphs {
                        try graphs.run(kind: sample.shape[0], sample, timestep, predict)
                    } else {
                        try predict(sample, timestep)
                    }
                return try prediction.moved(to: .cpu)
            }
        }
    }

    private func training() throws -> () throws -> Tensor {
        let unet = UNet3D(try folder.unetConfiguration())
        try folder.load(unet, isStreaming: false)
        try unet.move(to: device)
        try unet.setTrainable(true)
        let optimizer = try AdamW(unet.parameters())
        let (sample, timestep) = (try input("sample"), try input("timestep"))
        let (context, autocast) = (try input("context"), dtype == .float32 ? nil : dtype)
        let parts = ParallelParts.ranges(of: sample.shape[0], workers)
        return { [device] in
            let losses = try ParallelParts.map(parts.count) { index in
                let sample = try sample.slice(0, parts[index])
                let timestep = try timestep.slice(0, parts[index])
                let context = AttentionContext(try context.slice(0, parts[index]))
                let prediction = try withAutocast(autocast, on: device) { () throws(TensorError) in
                    try unet(sample, timestep: timestep, context: context)
                }
                let share = Double(parts[index].count) / Double(parts[parts.count - 1].upperBound)
                let loss =
                    try (prediction.converted(to: .float32) - sample).squared().mean() * share
                try loss.backward()
                return try loss.item()
            }
            let norm = try optimizer.step(learningRate: 1e-5)
            return try Tensor([Float(losses.reduce(0, +)), Float(norm)], shape: [2])
        }
    }

    private func encodingText() throws -> () throws(TensorError) -> Tensor {
        let encoder = try folder.textEncoder()
        try encoder.move(to: device)
        let tokens = try input("tokens")
        return { () throws(TensorError) in
            try withInferenceMode { () throws(TensorError) in try encoder(tokens).moved(to: .cpu) }
        }
    }

    private func encodingImage() throws -> () throws(TensorError) -> Tensor {
        let encoder = CLIPImageEncoder(try folder.imageConfiguration())
        try Part.imageEncoder(encoder, of: folder).fill(for: preparation)
        let image = try input("image")
        return { () throws(TensorError) in
            try withInferenceMode { () throws(TensorError) in
                try encoder(image).converted(to: .float32).moved(to: .cpu)
            }
        }
    }

    private func decoding() throws -> () throws(TensorError) -> Tensor {
        let autoencoder = AutoencoderKL(try folder.autoencoderConfiguration())
        try Part.autoencoder(autoencoder, of: folder).fill(for: preparation)
        let latents = try input("latents")
        return { () throws(TensorError) in
            try withInferenceMode { () throws(TensorError) in
                try autoencoder.decode(latents).converted(to: .float32).contiguous().moved(to: .cpu)
            }
        }
    }
}
