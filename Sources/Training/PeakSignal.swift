import Foundation
import StreamingT2V
import Torch
import VideoIO

/// How near pictures are to the truth, in decibels (PSNR).
enum PeakSignal {
    /// - Parameter error: mean squared error of pixel values from 0 to 1.
    static func decibels(meanSquare error: Double) -> Double { -10 * log10(max(error, 1e-10)) }

    /// All frames together; both videos have the same size and length.
    static func decibels(_ frames: [RGBFrame], truth: [RGBFrame]) throws(TensorError) -> Double {
        let error = try (Tensor.images(frames) - Tensor.images(truth)) / 2  // on the scale 0…1
        return decibels(meanSquare: try error.squared().mean().item())
    }
}
