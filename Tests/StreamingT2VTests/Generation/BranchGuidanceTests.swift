import TestSupport
import Testing
import Torch
import VideoModels

@testable import StreamingT2V

/// Guidance by text and anchor with scales of their own.
@Suite struct BranchGuidanceTests {
    /// Predictions that do not matter are not made.
    @Test func onlyBranchesWithAShareAreEvaluated() {
        let cases: [(Double, Double?, [BranchGuidance.Branch], [Double])] = [
            (7.5, nil, [.unconditional, .textAndAnchor], [7.5]),
            (7.5, 7.5, [.unconditional, .textAndAnchor], [7.5]),
            (7.5, 3, [.unconditional, .text, .textAndAnchor], [7.5, 3]),
            (7.5, 1, [.unconditional, .text, .textAndAnchor], [7.5, 1]),
            (7.5, 0, [.unconditional, .text], [7.5]),
            (1, 3, [.text, .textAndAnchor], [3]),
            (0.5, 3, [.text, .textAndAnchor], [3]),
            (1, nil, [.textAndAnchor], []), (0, nil, [.textAndAnchor], []),
            (1, 1, [.textAndAnchor], []), (1, 0, [.text], []),
        ]
        for (scale, anchor, branches, scales) in cases {
            let guidance = BranchGuidance(scale: scale, anchorScale: anchor)
            #expect(guidance.branches == branches, "\(scale), \(anchor ?? -1)")
            #expect(guidance.scales == scales, "\(scale), \(anchor ?? -1)")
        }
        #expect(BranchGuidance.first(scale: 9).branches == [.unconditional, .text])
        #expect(BranchGuidance.first(scale: 9).scales == [9])
        #expect(BranchGuidance.first(scale: 1).branches == [.text])
    }

    /// `e(∅, ∅) + s·(e(τ, ∅) − e(∅, ∅)) + a·(e(τ, anchor) − e(τ, ∅))` for any pair of scales.
    @Test(arguments: [(7.5, 3), (2, 2), (1, 4), (4, 0), (4, 1), (1, 1), (1, 0)])
    func predictionsFollowTheRule(scale: Double, anchorScale: Double) throws {
        let parts: [BranchGuidance.Branch: Tensor] = [
            .unconditional: try Tensor([1.5, -2] as [Float], shape: [1, 2]),
            .text: try Tensor([0.25, 3] as [Float], shape: [1, 2]),
            .textAndAnchor: try Tensor([-4, 0.5] as [Float], shape: [1, 2]),
        ]
        let guidance = BranchGuidance(scale: scale, anchorScale: anchorScale)
        let made = try Tensor.concatenated(guidance.branches.compactMap { parts[$0] }, axis: 0)
        let expected = zip([1.5, -2], zip([0.25, 3], [-4, 0.5])).map { none, conditioned in
            none + scale * (conditioned.0 - none)
                + anchorScale * (conditioned.1 - conditioned.0)
        }
        let values: [Float] = try guidance.combined(made).values()
        #expect(zip(values, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 }, "\(values)")
    }

    /// Three evaluations with equal scales give what the two of the release give.
    @Test func threeBranchesOfEqualScalesAgreeWithTheFastPath() throws {
        let folder = try SharedModel.folder()
        let pipeline = try folder.pipeline(device: .cpu, dtype: .float32)
        let parts = try #require(pipeline.streaming)
        let noise = RandomGenerator(seed: 3)
        let text = try noise.normal([2, 77, 24], .data)
        let pictures = try noise.normal([8, 3, 32, 32], .data, step: 1).clamped(to: -1...1)
        let sample = try noise.normal([1, 4, 16, 4, 4], .data, step: 2)
        let images = try pipeline.imageTokens(anchor: pictures.slice(0, 0..<1), parts)
        let encoded = try parts.extractor.frameEncoder(pictures)
        func predict(_ guidance: BranchGuidance) throws -> Tensor {
            let count = guidance.branches.count
            return try pipeline.predict(
                sample, timestep: 500,
                pipeline.streamingConditioning(
                    text: text, images: images, guidance: guidance, parts),
                encodedFrames: Tensor.concatenated(
                    Array(repeating: encoded, count: count), axis: 0))
        }
        let fast = BranchGuidance(scale: 6)
        // So close to equal that all three are made.
        let whole = BranchGuidance(scale: 6, anchorScale: 6 * (1 + 1e-12))
        #expect(fast.branches.count == 2 && whole.branches.count == 3)
        let prediction = try predict(fast)
        try expectClose(predict(whole), prediction, tolerance: 1e-4, "equal scales")
        // Apart they differ by what the anchor adds, times the difference of the scales.
        let apart = try predict(BranchGuidance(scale: 6, anchorScale: 2))
        let anchored = try predict(BranchGuidance(scale: 1))
        let unanchored = try predict(BranchGuidance(scale: 1, anchorScale: 0))
        let difference = try (anchored - unanchored) * 4
        #expect(try difference.absolute().maximum().item() > 1e-2)
        try expectClose(prediction - apart, difference, tolerance: 1e-4, "scales apart")
    }
}
