import Torch

/// The kernels of a convolution of 3×3, or of 3×1 points, transformed so that it takes two thirds to a quarter of the
/// multiplications.
///
/// Measured with two threads (Intel, AVX-512), tiles of 4×4 are 1.7 to 2.8 times as fast as oneDNN's convolution, tiles of
/// 2×2 1.4 to 2.0 times and tiles of 4 frames 1.5 to 1.6 times; results are 2e-6 to 4e-6 off instead of 1e-6 to 2e-6. In
/// pairs of bfloat16 (Zen 5), tiles of 2×2 are 1.5 to 1.8 times as fast as oneDNN's in bfloat16 and tiles of 2 frames 1.2 to
/// 1.4 times; results are 4e-3 and 3e-3 off instead of 2e-3. Weights take 4, 16/9, 2 and for 2 frames 4/3 times as much
/// memory, so large layers have smaller tiles, or none.
///
/// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016.
struct WinogradConvolution {
    /// What is computed at once.
    enum Tile {
        /// 4×4 results.
        case large
        /// 2×2 results.
        case small
        /// 4 results in a column.
        case line
        /// 2 results in a column.
        case shortLine

        var results: Int {
            switch self {
            case .large, .line: 4
            case .small, .shortLine: 2
            }
        }

        /// Numbers of the transformed kernel for each of its own.
        var growth: Double {
            switch self {
            case .large: 4
            case .small: 16.0 / 9
            case .line: 2
            case .shortLine: 4.0 / 3
            }
        }
    }

    private let kernel: WinogradKernel
    private let bias: Tensor?

    /// Transforms a weight `[outputs, inputs, 3, 3 or 1]`.
    ///
    /// Where `preparation` is for a type of two bytes, that is float16, scaled into its range: bfloat16 has too few digits, as
    /// the transforms of 4 results multiply what it rounds away by five. Those of 2 hardly do, so pairs stay bfloat16.
    init(
        _ weight: Tensor, _ bias: Tensor?, _ tile: Tile, for preparation: Preparation
    ) throws(TensorError) {
        let inPairs = preparation.multipliesPairs
        let dtype: DType =
            inPairs ? .bfloat16 : preparation.dtype == .float32 ? .float32 : .float16
        kernel = try preparation.single(weight).winogradKernel(
            results: tile.results, dtype: dtype, inPairs: inPairs)
        self.bias = if let bias { try preparation.single(bias).copied() } else { nil }
    }

    /// The convolution of `[N, C, H, W]`, channels last.
    func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try input.converted(to: .float32).winogradConvolved(kernel, bias).converted(to: input.dtype)
    }
}

extension WinogradConvolution.Tile {
    /// Products of inputs and outputs up to which tiles are 4×4, 2×2, and in a column.
    ///
    /// In the UNet of the published sizes, those are the first two levels' but for their largest kernels.
    private static let (largeLimit, smallLimit, lineLimit) = (250_000, 1_250_000, 500_000)

    /// The tile for a kernel of this shape, if one is worth its memory.
    init?(
        _ shape: [Int], stride: Int, padding: (Int, Int), for preparation: Preparation
    ) {
        guard shape.count == 4, stride == 1, shape[2] == 3, padding.0 == 1,
            shape[0].isMultiple(of: 32), shape[1].isMultiple(of: 16),
            preparation.hasOwnProducts
        else { return nil }
        let size = shape[0] * shape[1], isShort = preparation.multipliesPairs
        switch (shape[3], padding.1) {
        case (3, 1) where size <= Self.largeLimit && !isShort: self = .large
        case (3, 1) where size <= Self.smallLimit: self = .small
        case (1, 0) where size <= Self.lineLimit: self = isShort ? .shortLine : .line
        default: return nil
        }
    }
}
