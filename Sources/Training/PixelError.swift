import Torch

/// What an error of pictures costs in training.
enum PixelError {
    /// Makes both errors of a pixel about equal at 28 dB.
    private static let squareWeight = 10.0

    /// Absolute and squared error of pixels, and absolute error of their differences to the neighbours.
    ///
    /// - Parameters:
    ///   - error: `[N, 3, H, W]`, of pictures in [−1, 1].
    ///   - weights: `[N, 1, H, W]`; all alike if `nil`.
    static func loss(_ error: Tensor, weights: Tensor? = nil) throws(TensorError) -> Tensor {
        let (_, _, height, width) = try error.shape4()
        func mean(
            _ error: Tensor, rows: Range<Int>, columns: Range<Int>
        ) throws(TensorError) -> Tensor {
            guard let weights else { return try error.mean() }
            return try (error * weights.slice(2, rows).slice(3, columns)).mean()
        }
        let (rows, columns) = (0..<height, 0..<width)
        let down = try error.slice(2, 1..<height) - error.slice(2, 0..<height - 1)
        let right = try error.slice(3, 1..<width) - error.slice(3, 0..<width - 1)
        return try mean(error.absolute(), rows: rows, columns: columns)
            + mean(error.squared(), rows: rows, columns: columns) * squareWeight
            + mean(down.absolute(), rows: 1..<height, columns: columns)
            + mean(right.absolute(), rows: rows, columns: 1..<width)
    }
}
