import Torch

extension Tensor {
    /// `[B, F, C, H, W]`, as the fixtures keep videos between layers, to `[B·F, C, H, W]`.
    func videosAsBatch() throws(TensorError) -> Tensor {
        let (b, f, c, h, w) = try shape5()
        return try reshaped(b * f, c, h, w)
    }

    /// The parts of `range` along the first axis, each with that axis kept.
    func rows() throws(TensorError) -> [Tensor] {
        var rows: [Tensor] = []
        for index in 0..<shape[0] { rows.append(try slice(0, index..<index + 1)) }
        return rows
    }
}
