import Foundation
import VideoIO

/// SSIM of two pictures, with a Gaussian window of 11×11 pixels (σ = 1.5), K₁ = 0.01, K₂ = 0.03, L = 255.
///
/// Windows lie fully inside the picture; variances are weighted means, not sample variances.
///
/// Source: Wang et al., Image Quality Assessment: From Error Visibility to Structural Similarity, section "Structural
/// Similarity (SSIM) Index".
enum StructuralSimilarity {
    /// Side of the window, in pixels.
    static let window = 11

    private static let weights: [Double] = {
        let curve = (-5...5).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
        let total = curve.reduce(0, +)
        return curve.map { $0 / total }
    }()

    /// The mean SSIM of the luminances.
    ///
    /// - Precondition: both have one size, and no side is shorter than ``window``.
    static func mean(_ one: RGBFrame, _ two: RGBFrame) -> Double {
        precondition(one.width == two.width && one.height == two.height)
        precondition(min(one.width, one.height) >= window)
        let (a, b) = (one.luminances(), two.luminances())
        let (width, height) = (one.width, one.height)
        let local = [a, b, product(a, a), product(b, b), product(a, b)].map {
            smoothed($0, width: width, height: height)
        }
        let c1 = 0.01 * 255 * 0.01 * 255
        let c2 = 0.03 * 255 * 0.03 * 255
        var total = 0.0
        for index in local[0].indices {
            let (meanA, meanB) = (local[0][index], local[1][index])
            let varianceA = local[2][index] - meanA * meanA
            let varianceB = local[3][index] - meanB * meanB
            let covariance = local[4][index] - meanA * meanB
            total +=
                (2 * meanA * meanB + c1) * (2 * covariance + c2)
                / ((meanA * meanA + meanB * meanB + c1) * (varianceA + varianceB + c2))
        }
        return total / Double(local[0].count)
    }

    private static func product(_ one: [Double], _ two: [Double]) -> [Double] {
        zip(one, two).map { $0 * $1 }
    }

    /// Weighted means in all windows, `[H − 10][W − 10]`: first along rows, then along columns.
    private static func smoothed(_ plane: [Double], width: Int, height: Int) -> [Double] {
        let newWidth = width - window + 1
        let newHeight = height - window + 1
        var rows = [Double](repeating: 0, count: newWidth * height)
        var result = [Double](repeating: 0, count: newWidth * newHeight)
        plane.withUnsafeBufferPointer { plane in
            rows.withUnsafeMutableBufferPointer { rows in
                for y in 0..<height {
                    for (tap, weight) in weights.enumerated() {
                        let (from, to) = (y * width + tap, y * newWidth)
                        for x in 0..<newWidth { rows[to + x] += weight * plane[from + x] }
                    }
                }
            }
        }
        rows.withUnsafeBufferPointer { rows in
            result.withUnsafeMutableBufferPointer { result in
                for y in 0..<newHeight {
                    for (tap, weight) in weights.enumerated() {
                        let (from, to) = ((y + tap) * newWidth, y * newWidth)
                        for x in 0..<newWidth { result[to + x] += weight * rows[from + x] }
                    }
                }
            }
        }
        return result
    }
}
