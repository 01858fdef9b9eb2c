import Torch

/// What an error of pictures costs in training.
enum PixelError {
    /// Makes both errors of a pixel about equal at 28 dB.
    private static let squareWeight = 10.0

    /// How far pictures are from having as strong edges as the truth: `(1 − √(E / E'))²`, in the mean of all pictures.
    ///
    /// `E` is the mean squared difference of neighbouring pixels. Pixel errors alone are least with edges that are too
    /// weak, where the truth is uncertain; making up for that costs them little.
    ///
    /// - Parameter pictures: `[N, 3, H, W]`, as the truth.
    static func edgeLoss(_ pictures: Tensor, truth: Tensor) throws(TensorError) -> Tensor {
        let share = try energy(pictures) / (energy(truth) + 1e-5)
        return try ((share + 1e-8).squareRoot() - 1).squared().mean()
    }

    /// Mean squared difference of neighbouring pixels of each picture, `[N]`.
    private static func energy(_ pictures: Tensor) throws(TensorError) -> Tensor {
        let (down, right) = try differences(pictures)
        return try down.squared().mean([1, 2, 3]) + right.squared().mean([1, 2, 3])
    }

    /// Differences of neighbouring pixels, one above the other and side by side.
    private static func differences(
        _ pictures: Tensor
    ) throws(TensorError) -> (down: Tensor, right: Tensor) {
        let (_, _, height, width) = try pictures.shape4()
        return (
            try pictures.slice(2, 1..<height) - pictures.slice(2, 0..<height - 1),
            try pictures.slice(3, 1..<width) - pictures.slice(3, 0..<width - 1)
        )
    }

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
        let pixels =
            try mean(error.absolute(), rows: rows, columns: columns)
            + mean(error.squared(), rows: rows, columns: columns) * squareWeight
        let (down, right) = try differences(error)
        let edges =
            try mean(down.absolute(), rows: 1..<height, columns: columns)
            + mean(right.absolute(), rows: rows, columns: 1..<width)
        return try pixels + edges
    }
}
