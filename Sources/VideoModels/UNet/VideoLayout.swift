import Torch

// Between the layers a video is a batch of images, `[B·F, C, H, W]`, batch-major, stored with the channels last. Then
// tokens `[B·F, H·W, C]` and the frame form `[B, C, F, H·W]` are views of the same memory, and only attention over
// frames has to move data.

extension Tensor {
    /// `[B, C, F, H, W]` to `[B·F, C, H, W]`, channels last.
    func framesAsBatch() throws(TensorError) -> Tensor {
        let (b, c, f, h, w) = try shape5()
        return try permuted(0, 2, 1, 3, 4).reshaped(b * f, c, h, w).channelsLast()
    }

    /// `[B·F, C, H, W]` to `[B, C, F, H, W]`.
    func batchAsFrames(_ frames: Int) throws(TensorError) -> Tensor {
        let (n, c, h, w) = try shape4()
        try requireFrames(frames, count: n)
        return try reshaped(n / frames, frames, c, h, w).permuted(0, 2, 1, 3, 4)
    }

    /// `[B·F, C, H, W]` to `[B, C, F, H·W]`: the frames become an axis of one image.
    func framesAsRows(_ frames: Int) throws(TensorError) -> Tensor {
        let (n, c, h, w) = try shape4()
        try requireFrames(frames, count: n)
        return try permuted(0, 2, 3, 1).reshaped(n / frames, frames, h * w, c)
            .permuted(0, 3, 1, 2)
    }

    /// `[B, C, F, H·W]` back to `[B·F, C, H, W]`.
    func rowsAsFrames(height: Int, width: Int) throws(TensorError) -> Tensor {
        let (b, c, f, _) = try shape4()
        return try permuted(0, 2, 3, 1).reshaped(b * f, height, width, c).permuted(0, 3, 1, 2)
    }

    /// `[B·F, N, C]` to `[B·N, F, C]`: one sequence over time per pixel.
    func tokensAsSequences(_ frames: Int) throws(TensorError) -> Tensor {
        let (n, pixels, c) = try shape3()
        try requireFrames(frames, count: n)
        return try reshaped(n / frames, frames, pixels, c).transposed(1, 2)
            .reshaped(n / frames * pixels, frames, c)
    }

    /// `[B·N, F, C]` back to `[B·F, N, C]`.
    func sequencesAsTokens(_ pixels: Int) throws(TensorError) -> Tensor {
        let (n, frames, c) = try shape3()
        return try reshaped(n / pixels, pixels, frames, c).transposed(1, 2)
            .reshaped(n / pixels * frames, pixels, c)
    }

    /// `[N, C, H, W]` to `[N, H·W, C]`.
    func pixelsAsTokens() throws(TensorError) -> Tensor {
        let (n, c, h, w) = try shape4()
        return try permuted(0, 2, 3, 1).reshaped(n, h * w, c)
    }

    /// `[N, H·W, C]` back to `[N, C, H, W]`.
    func tokensAsPixels(height: Int, width: Int) throws(TensorError) -> Tensor {
        let (n, _, c) = try shape3()
        return try reshaped(n, height, width, c).permuted(0, 3, 1, 2)
    }

    private func requireFrames(_ frames: Int, count: Int) throws(TensorError) {
        guard frames > 0, count % frames == 0 else {
            throw .shapeMismatch(
                place: "video of \(frames) frames", expected: "a multiple of \(frames) images",
                actual: shape)
        }
    }
}
