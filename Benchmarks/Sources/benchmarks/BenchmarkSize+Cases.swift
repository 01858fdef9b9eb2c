import Torch
import TorchNN
import VideoModels

extension BenchmarkSize {
    /// The layers that a denoising step is made of, then the blocks that are made of these.
    var cases: [BenchmarkCase] { layers + blocks }

    private var layers: [BenchmarkCase] {
        [
            product("Linear", perPoint: channels * channels) {
                let layer = try ready(Linear(channels, channels))
                let tokens = try tokens()
                return { try layer(tokens) }
            },
            product("Convolution2D", perPoint: 9 * channels * channels) {
                let layer = try ready(Convolution2D(channels, channels))
                let images = try imageBatch()
                return { try layer(images) }
            },
            product("FrameConvolution", perPoint: 3 * channels * channels) {
                let layer = try ready(FrameConvolution(channels: channels))
                let rows = try frameRows()
                return { try layer(rows) }
            },
            product("FeedForward", perPoint: 12 * channels * channels) {
                let layer = try ready(FeedForward(channels: channels))
                let tokens = try tokens()
                return { try layer(tokens) }
            },
            product(
                "Attention.acrossFrames",
                perPoint: 4 * channels * channels + 2 * frames * channels
            ) {
                let layer = try ready(
                    Attention(channels: channels, heads: heads, headDimension: headDimension))
                let tokens = try tokens()
                return { try layer.acrossFrames(tokens, to: tokens, videos: videos) }
            },
            normalization,
        ]
    }

    private var blocks: [BenchmarkCase] {
        [
            product("ResnetBlock2D", perPoint: 18 * channels * channels) {
                let block = try ready(
                    ResnetBlock2D(
                        inputs: channels, outputs: channels, timeChannels: timeChannels,
                        groups: groups, epsilon: 1e-5))
                let images = try imageBatch()
                let embedding = try Tensor.full([videos, timeChannels], value: 0.5)
                return { try block(images, embedding: embedding) }
            },
            product("TemporalConvolution", perPoint: 12 * channels * channels) {
                let block = try ready(TemporalConvolution(channels: channels, groups: groups))
                let images = try imageBatch()
                return { try block(images, frames: frames) }
            },
            product(
                "SpatialTransformer",
                perPoint: 20 * channels * channels + 2 * (pixels + textTokens) * channels
            ) {
                let block = try ready(
                    SpatialTransformer(
                        channels: channels, headDimension: headDimension,
                        contextChannels: contextChannels, groups: groups, mixing: nil))
                let images = try imageBatch()
                let text = try Tensor.full([videos, textTokens, contextChannels], value: 0.5)
                let context = AttentionContext(text, isCached: true)
                return { try block(images, context: context) }
            },
            product(
                "TemporalTransformer",
                perPoint: 22 * channels * channels + 4 * frames * channels
            ) {
                let block = try ready(
                    TemporalTransformer(
                        channels: channels, heads: heads, headDimension: headDimension,
                        groups: groups))
                let images = try imageBatch()
                return { try block(images, frames: frames) }
            },
        ]
    }

    /// Group norm with SiLU, which reads and writes each number once at the least.
    private var normalization: BenchmarkCase {
        let shape = [images, pixels, channels]
        return BenchmarkCase(name: "\(name)/GroupNorm.thenSiLU", reference: .addition(shape)) {
            let layer = try ready(GroupNorm(groups: groups, channels: channels))
            let images = try imageBatch()
            return Workload(2 * images.count * images.dtype.byteCount) {
                try layer.thenSiLU(images)
            }
        }
    }

    /// A layer whose time goes to products.
    ///
    /// - Parameters:
    ///   - perPoint: multiplications for each pixel of each frame.
    ///   - prepare: makes the layer and its inputs, and returns what is timed.
    private func product(
        _ layer: String, perPoint: Int, _ prepare: @escaping () throws -> () throws -> Tensor
    ) -> BenchmarkCase {
        BenchmarkCase(name: "\(name)/\(layer)", reference: .product) {
            Workload(points * perPoint, try prepare())
        }
    }

    /// The network with fresh weights, ready for inference in single precision.
    private func ready<Network: Module>(_ network: Network) throws(TensorError) -> Network {
        try network.initialize(seed: 1)
        try network.prepare(for: .inference())
        return network
    }
}
