package import Torch

/// Which predictions classifier-free guidance combines in a step, and how.
///
/// The rule is `e(∅, ∅) + s·(e(τ, ∅) − e(∅, ∅)) + a·(e(τ, anchor) − e(τ, ∅))` with the text's scale `s` and the anchor's
/// scale `a`. A prediction whose share in it is zero is not made: equal scales need two, as in the release.
///
/// Source: Henschel et al., StreamingT2V, equation 12 (classifier-free guidance by text and anchor).
package struct BranchGuidance: Sendable, Hashable {
    /// What one evaluation of the networks sees.
    package enum Branch: Sendable, Hashable {
        /// The negative prompt and the null image.
        case unconditional
        /// The prompt and the null image.
        case text
        /// The prompt and the anchor frame.
        case textAndAnchor

        /// The row of `[negative prompt, prompt]` that it sees.
        package var textRow: Int { self == .unconditional ? 0 : 1 }

        /// The row of `[null image, anchor]` that it sees.
        var imageRow: Int { self == .textAndAnchor ? 1 : 0 }
    }

    /// The evaluations, from the least to the most conditioned.
    package let branches: [Branch]
    /// How strongly the difference of each branch to the one before it acts; one fewer than branches.
    package let scales: [Double]

    /// Guidance by text and anchor.
    ///
    /// - Parameters:
    ///   - scale: how strongly the prompt acts; 1 or less is not beyond what the network predicts with it.
    ///   - anchorScale: how strongly the anchor acts, 0 for not at all; as strongly as the prompt if left out.
    package init(scale: Double, anchorScale: Double? = nil) {
        let text = max(scale, 1)
        let anchor = anchorScale ?? text
        let shares: [(branch: Branch, share: Double)] = [
            (.unconditional, 1 - text), (.text, text - anchor), (.textAndAnchor, anchor),
        ]
        branches = shares.filter { $0.share != 0 }.map(\.branch)
        scales = branches.dropFirst().map { $0 == .text ? text : anchor }
    }

    /// No guidance: one branch's prediction as it is.
    init(alone branch: Branch) {
        branches = [branch]
        scales = []
    }

    /// Guidance of the first chunk, which has no anchor.
    package static func first(scale: Double) -> BranchGuidance {
        BranchGuidance(scale: scale, anchorScale: 0)
    }

    /// The guided prediction.
    ///
    /// - Parameter predictions: one row per branch, `[B, …]`.
    /// - Returns: `[1, …]`.
    func combined(_ predictions: Tensor) throws(TensorError) -> Tensor {
        guard branches.count > 1 else { return predictions }
        let parts = try predictions.split(into: branches.count, axis: 0)
        var guided = parts[0]
        for (index, scale) in scales.enumerated() {
            guided = try guided.adding(parts[index + 1] - parts[index], scaledBy: scale)
        }
        return guided
    }

    /// The row of `rows` that each branch sees, `[B, N, D]`.
    package func rows(
        of rows: Tensor, _ row: (Branch) -> Int
    ) throws(TensorError) -> Tensor {
        var chosen: [Tensor] = []
        for branch in branches {
            chosen.append(try rows.slice(0, row(branch)..<row(branch) + 1))
        }
        return try Tensor.concatenated(chosen, axis: 0)
    }
}
