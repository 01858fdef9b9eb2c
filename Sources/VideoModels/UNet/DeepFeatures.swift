public import Torch

/// What an evaluation of ``UNet3D`` keeps for the steps after it: all that the deep layers bring to the last one.
///
/// It changes slowly from step to step, so that some steps can do without the deep layers.
///
/// Source: Ma et al., DeepCache: Accelerating Diffusion Models for Free.
public final class DeepFeatures {
    private var hidden: Tensor?  // [B·F, C, H, W]

    /// Holds nothing yet.
    public init() {}

    /// Whether nothing is kept.
    public var isEmpty: Bool { hidden == nil }

    /// Forgets what is kept, so that the next evaluation is a whole one.
    public func clear() { hidden = nil }

    func keep(_ hidden: Tensor) { self.hidden = hidden }

    /// What is kept of the last `count` images; those before belong to videos that are no longer evaluated.
    func last(_ count: Int) throws(TensorError) -> Tensor {
        let rows = hidden?.shape[0] ?? 0
        guard let hidden, rows >= count else {
            throw .shapeMismatch(
                place: "deep features", expected: "at least \(count) images", actual: [rows])
        }
        return try hidden.slice(0, rows - count..<rows)
    }
}
