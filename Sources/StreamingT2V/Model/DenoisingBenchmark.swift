import Checkpoints
public import Foundation
public import Torch
import TorchNN
import VideoModels

/// One step of a model's base UNet on given inputs, to be timed and to be compared with another program's.
///
/// The step is computed as generation does: both branches of guidance in one batch, and keys and values of the text made
/// once for all steps.
public actor DenoisingBenchmark {
    private let executor = ModelExecutor(name: "benchmark")
    private let folder: ModelFolder
    private let preparation: Preparation
    private let unet: UNet3D
    private let sample: Tensor
    private let timestep: Tensor
    private let context: AttentionContext

    /// The thread that computes the steps, as in generation.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Loads the inputs for a network that is to compute in `dtype` on `device`.
    ///
    /// - Parameters:
    ///   - folder: a model; of its parts only `unet/` is needed.
    ///   - inputs: a safetensors file with `sample` `[B, C, F, h, w]`, `timestep` `[B]` and `context` `[B, L, D]`.
    /// - Throws: `GenerationError.invalidOption` if an input is missing or does not fit the network; `CheckpointError`,
    ///   `ConfigurationError`, `TensorError`.
    public init(
        _ folder: ModelFolder, inputs: URL, dtype: DType = .float32, device: Device = .cpu
    ) throws {
        let configuration = try folder.unetConfiguration()
        let archive = try openCheckpoint(inputs)
        func input(_ name: String, _ axes: [Int?]) throws -> Tensor {
            let shape = archive.entries[name]?.shape
            guard let shape, shape.count == axes.count,
                zip(shape, axes).allSatisfy({ $0 > 0 && $0 == $1 ?? $0 })
            else {
                let wanted = axes.map { $0.map(String.init) ?? "*" }.joined(separator: ", ")
                throw GenerationError.invalidOption(
                    "--inputs",
                    "must hold \(name) with shape [\(wanted)], "
                        + "not \(shape.map(String.init(describing:)) ?? "nothing")")
            }
            return try archive.tensor(name).converted(to: .float32).moved(to: device)
        }
        sample = try input("sample", [nil, configuration.inChannels, nil, nil, nil])
        let batch = sample.shape[0]
        timestep = try input("timestep", [batch])
        context = AttentionContext(
            try input("context", [batch, nil, configuration.crossAttentionDimension]),
            isCached: true)
        self.folder = folder
        preparation = Preparation.inference(dtype: dtype, device: device)
        unet = UNet3D(configuration)
    }

    /// Loads the network and packs it.
    ///
    /// On the thread of the steps, as generation does: OpenMP keeps helpers for each thread that ever needed some, and
    /// where all of them are more than the processor's cores, they sleep between two layers instead of waiting awake.
    public func load() throws {
        try folder.load(unet, isStreaming: false, LoadingMode(preparation: preparation))
        try unet.prepare(for: preparation)
    }

    /// Computes the step; ``load()`` comes first.
    ///
    /// - Parameter file: a safetensors file to be written, with the result `[B, C, F, h, w]` as `prediction`.
    /// - Returns: seconds until the result lay in memory.
    @discardableResult
    public func step(savingTo file: URL? = nil) throws -> Double {
        let begin = ContinuousClock.now
        let prediction = try withInferenceMode { () throws(TensorError) in
            try unet(sample, timestep: timestep, context: context)
                .converted(to: .float32).moved(to: .cpu)
        }
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        if let file { try saveTensors([("prediction", prediction)], to: file) }
        return seconds
    }
}
