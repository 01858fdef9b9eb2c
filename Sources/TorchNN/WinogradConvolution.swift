import Torch

/// The kernels of a convolution of 3×3, or of 3×1 points, transformed so that it takes a half to a quarter of the
/// multiplications.
///
/// Measured with two threads (AVX-512), tiles of 4×4 are 1.7 to 2.8 times as fast as oneDNN's convolution, tiles of 2×2 1.4
/// to 1.9 times and tiles of 4 frames 1.5 to 1.6 times, with the same error. Their weights take 4, 16/9 and 2 times as much
/// memory, so large layers have smaller tiles, or none.
///
/// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016.
struct WinogradConvolution {
    /// What is computed at once.
    enum Tile {
        /// 4×4 or 2×2 results.
        case square(Int)
        /// 4 results in a column.
        case line

        /// Numbers of the transformed kernel for each of its own.
        var growth: Double {
            switch self {
            case .square(let results): Double((results + 2) * (results + 2)) / 9
            case .line: 2
            }
        }

        fileprivate var results: Int {
            switch self {
            case .square(let results): results
            case .line: 4
            }
        }
    }

    private let kernel: Tensor
    private let bias: Tensor?

    /// Transforms a weight `[outputs, inputs, 3, 3 or 1]`, which stays within half precision where `preparation` is for a type
    /// of two bytes: bfloat16 has too few digits for it, as kernels grow by a factor of less than two.
    ///
    /// - Throws: `TensorError.operation` where a number is beyond the range of half precision.
    init(
        _ weight: Tensor, _ bias: Tensor?, _ tile: Tile, for preparation: Preparation
    ) throws(TensorError) {
        let dtype = Self.storedType(for: preparation)
        kernel = try weight.detached().converted(to: .float32)
            .winogradKernel(results: tile.results, dtype: dtype)
        self.bias =
            if let bias { try bias.detached().converted(to: .float32).copied() } else { nil }
    }

    /// The convolution of `[N, C, H, W]`, channels last.
    func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try input.converted(to: .float32).winogradConvolved(kernel, bias).converted(to: input.dtype)
    }

    private static func storedType(for preparation: Preparation) -> DType {
        preparation.dtype == .float32 ? .float32 : .float16
    }
}

extension WinogradConvolution.Tile {
    /// Products of inputs and outputs up to which tiles are 4×4, 2×2, and of 4 frames.
    ///
    /// In the UNet of the published sizes, the first two levels but for their largest kernels: it grows by a tenth.
    private static let (largeLimit, smallLimit, lineLimit) = (250_000, 1_250_000, 500_000)

    /// The tile for a kernel of this shape, if one is worth its memory.
    init?(
        _ shape: [Int], stride: Int, padding: (Int, Int), for preparation: Preparation
    ) {
        guard shape.count == 4, stride == 1, shape[2] == 3, padding.0 == 1,
            shape[0].isMultiple(of: 32), shape[1].isMultiple(of: 16),
            preparation.hasOwnProducts
        else { return nil }
        let size = shape[0] * shape[1]
        switch (shape[3], padding.1) {
        case (3, 1) where size <= Self.largeLimit: self = .square(4)
        case (3, 1) where size <= Self.smallLimit: self = .square(2)
        case (1, 0) where size <= Self.lineLimit: self = .line
        default: return nil
        }
    }
}
