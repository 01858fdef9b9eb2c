import Torch

/// The videos that a level of a UNet works on, and the level's sizes.
struct BenchmarkSize {
    /// Stands before the names of the cases.
    let name: String
    /// Features of a pixel.
    let channels: Int
    /// Features of one head of attention.
    let headDimension: Int
    /// Features of a token of the text.
    let contextChannels: Int
    /// Videos in a batch.
    let videos: Int
    /// Frames of each.
    let frames: Int
    /// Rows and columns of each frame.
    let side: Int

    /// The first level of the model in `Models/journeys` and of the published one.
    ///
    /// The batch is that of a step with guidance; of the published model's it is one half, to be done in time.
    static let all = [
        BenchmarkSize(
            name: "embedded", channels: 96, headDimension: 32, contextChannels: 128, videos: 2,
            frames: 16, side: 8),
        BenchmarkSize(
            name: "published", channels: 320, headDimension: 64, contextChannels: 1024, videos: 1,
            frames: 16, side: 32),
    ]

    /// Channel groups of all norms.
    let groups = 32
    /// Tokens of a prompt.
    let textTokens = 77

    /// Heads of attention.
    var heads: Int { channels / headDimension }
    /// Features of the time embedding.
    var timeChannels: Int { 4 * channels }
    /// Frames of all videos, `B·F`.
    var images: Int { videos * frames }
    /// Pixels of a frame, `H·W`.
    var pixels: Int { side * side }
    /// Pixels of all frames.
    var points: Int { images * pixels }
}

// The three forms of a video between the UNet's layers: views of the same memory, as there.

extension BenchmarkSize {
    /// `[B·F, H·W, C]`.
    func tokens() throws(TensorError) -> Tensor {
        try RandomGenerator(seed: 1).normal([images, pixels, channels], .data)
    }

    /// `[B·F, C, H, W]`, channels last.
    func imageBatch() throws(TensorError) -> Tensor {
        try tokens().reshaped(images, side, side, channels).permuted(0, 3, 1, 2)
    }

    /// `[B, C, F, H·W]`, channels last.
    func frameRows() throws(TensorError) -> Tensor {
        try tokens().reshaped(videos, frames, pixels, channels).permuted(0, 3, 1, 2)
    }
}
