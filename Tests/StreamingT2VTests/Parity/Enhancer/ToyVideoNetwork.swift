import Schedulers
import StreamingT2V
import Torch

/// The network of the fixtures: `a x + b tanh x + c cos(t / 100) + d · (frame of the chunk) / (chunk's length)`.
struct ToyVideoNetwork {
    let coefficients: [Double]

    func callAsFunction(_ chunk: Tensor, timestep: Int) throws(TensorError) -> Tensor {
        let frames = chunk.shape[2]
        let ramp = try Tensor.range(frames).reshaped(1, 1, frames, 1, 1) / Double(frames)
        let curve = try Operator.call("aten::tanh", "", .tensor(chunk))
        let time = try Tensor.full([1], value: Double(timestep) * 0.01).cosine()
        return try chunk * coefficients[0] + curve * coefficients[1] + time * coefficients[2]
            + ramp * coefficients[3]
    }

    /// Both branches of the fixtures' network, with guidance.
    static func guided(
        _ toy: EnhancerIndex.Toy, scale: Double?, rescale: Double?,
        reading: GuidedChunkNetwork.Reading?
    ) -> GuidedChunkNetwork {
        let prompted = ToyVideoNetwork(coefficients: toy.cond)
        let negative = ToyVideoNetwork(coefficients: toy.uncond)
        return GuidedChunkNetwork(
            guidance: Guidance(scale: scale ?? 1, rescale: rescale ?? 0), reading: reading
        ) { chunk, timestep, _, needsNegative in
            (
                try prompted(chunk, timestep: timestep),
                needsNegative ? try negative(chunk, timestep: timestep) : nil
            )
        }
    }
}

/// Remembers what a network saw and said.
final class RecordedNetwork: ChunkNetwork {
    struct Call {
        let timestep: Int
        let index: Int
        let input: Tensor
        let output: Tensor
    }

    private let network: any ChunkNetwork
    private(set) var calls: [Call] = []

    init(_ network: any ChunkNetwork) {
        self.network = network
    }

    func predict(_ chunk: Tensor, timestep: Int, index: Int) throws -> Tensor {
        let output = try network.predict(chunk, timestep: timestep, index: index)
        calls.append(Call(timestep: timestep, index: index, input: chunk, output: output))
        return output
    }
}

/// Recorded draws, `[step][boundary − 1]`; what lies behind the recorded chunks is never used and reads as 0.
struct ReplayedSeams: SeamSource {
    let draws: [[Int]]

    func draw(below count: Int, step: Int, boundary: Int) -> Int {
        boundary <= draws[step].count ? draws[step][boundary - 1] : 0
    }
}

/// Recorded noise of whole videos, cut into frames.
final class ReplayedFrameNoise: FrameNoiseSource {
    private let start: Tensor?
    private let steps: Tensor?
    private let firstStep: Int
    /// Steps whose noise was asked for.
    private(set) var stepsUsed: Set<Int> = []

    /// - Parameters:
    ///   - start: `[1, C, F, h, w]`.
    ///   - steps: `[S, 1, C, F, h, w]`.
    ///   - firstStep: the solver's step that the first row belongs to.
    init(start: Tensor? = nil, steps: Tensor? = nil, firstStep: Int = 0) {
        (self.start, self.steps, self.firstStep) = (start, steps, firstStep)
    }

    func startNoise(frame: Int, chunk: Int?, shape: [Int]) throws(TensorError) -> Tensor {
        guard let start else { return try Tensor.zeros(shape) }
        return try start.slice(2, frame..<frame + 1)
    }

    func stepNoise(
        frame: Int, step: Int, chunk: Int?, shape: [Int]
    ) throws(TensorError) -> Tensor {
        stepsUsed.insert(step)
        guard let steps else { return try Tensor.zeros(shape) }
        return try steps.selected(0, step - firstStep).slice(2, frame..<frame + 1)
    }
}
